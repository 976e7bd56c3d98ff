/** The word canary in any letter case, as it is and in base64, wherever in the text that it stands. */
export const CANARY = /canary|Y2FuYXJ5|NhbmFye|jYW5hcn|Q0FOQVJZ|NBTkFSW|DQU5BUl/i;
