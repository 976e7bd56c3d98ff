/** A YAML file of the sources is its text; bundler and tests make a module of it. */
declare module '*.yml' {
  const text: string;
  // biome-ignore lint/style/noDefaultExport: where bundlers put the text of a file
  export default text;
}
