export function useNameServer(address: string): () => void;
