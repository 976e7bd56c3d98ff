export { explainFileError } from '../files/read-file.js';
