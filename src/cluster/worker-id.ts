/** The environment variable that tells a worker which of the places it has. */
export const slotVariable = 'WORKER_OF_ZXP';
