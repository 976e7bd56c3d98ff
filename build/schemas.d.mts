export const validatorsFile: string;
export function renderValidators(): Promise<string>;
