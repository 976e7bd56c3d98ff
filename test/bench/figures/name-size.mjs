/** How a figure's name says the size of its document. */
export function nameSize(series) {
  return `${series.toLocaleString('en')} series`;
}
