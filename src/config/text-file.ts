/** A file that the configuration names, or why it is unavailable. */
export type TextFile =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly problem: string };
