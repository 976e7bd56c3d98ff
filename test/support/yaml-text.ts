/** Makes modules of the YAML files of src/, as the bundler does: the default export is the text. */
export const yamlText = {
  name: 'yaml-text',
  transform: (text: string, id: string) =>
    id.endsWith('.yml') ? { code: `export default ${JSON.stringify(text)};`, map: null } : undefined,
};
