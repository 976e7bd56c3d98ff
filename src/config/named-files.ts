import { listCertificates } from '../files/ca-certificates.js';
import { explainFileError, readRegularFile } from '../files/read-file.js';
import type { Problem } from '../model/errors.js';
import type { NamedFile } from './section.js';

/** Reads the files that modules and auths name, as requests will: a problem for each that cannot be used, at its key. */
export async function findFileProblems(files: readonly NamedFile[]): Promise<readonly Problem[]> {
  const found = await Promise.all(files.map(findFileProblem));
  return found.filter((problem) => problem !== undefined);
}

async function findFileProblem({ where, path, content }: NamedFile): Promise<Problem | undefined> {
  try {
    const bytes = await readRegularFile(path);
    const problem = findContentProblem(bytes, content);
    return problem === undefined ? undefined : { where, message: `${path} ${problem.message}`, hint: problem.hint };
  } catch (cause) {
    return { where, message: `${path} cannot be read: ${explainFileError(cause)}` };
  }
}

type ContentProblem = Pick<Problem, 'message' | 'hint'>;

/** What is wrong with the bytes of a file, without any of them. */
export function findContentProblem(bytes: Buffer, content: NamedFile['content']): ContentProblem | undefined {
  if (bytes.toString('utf8').trim() === '') return { message: 'is empty' };
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return { message: 'is UTF-16, not UTF-8', hint: 'save it as UTF-8' };
  }
  if (content === 'secret') return undefined;
  // A DER certificate or key is an ASN.1 sequence.
  if (first === 0x30 && second !== undefined && second >= 0x80) {
    const command = content === 'certificate' ? 'x509' : 'pkey';
    return { message: 'is DER, not PEM', hint: `openssl ${command} -inform der -in FILE -out FILE.pem` };
  }
  const text = bytes.toString('latin1');
  if (content === 'certificate') {
    return listCertificates(text).length > 0 ? undefined : { message: 'has no certificate in PEM form' };
  }
  return text.includes('PRIVATE KEY-----') ? undefined : { message: 'has no private key in PEM form' };
}
