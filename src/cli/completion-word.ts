/** The first word with which the scripts of `zxp completion` ask for names of a configuration. */
export const COMPLETION_WORD = '__complete';
