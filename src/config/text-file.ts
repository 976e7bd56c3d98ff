/** A file that the configuration names, or why it cannot be had. */
export type TextFile =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly problem: string };
