import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listHeadings, listLinks, listPages, readPage, repository, resolveLink } from './pages.js';

const pages = listPages();

describe.each(pages)('$path', (page) => {
  const links = listLinks(page);
  const inside = links.filter((link) => !/^[a-z]+:/.test(link.target));

  test('has one title, and no heading twice', () => {
    const headings = listHeadings(page);
    expect(headings.filter((heading) => heading.level === 1)).toHaveLength(1);
    expect(headings[0]?.level).toBe(1);
    // Each version of the changelog has the same ones below it.
    const isRepeatable = (level: number) => page.path === 'docs/changelog.md' && level === 3;
    const texts = headings.filter(({ level }) => !isRepeatable(level)).map((heading) => heading.text.toLowerCase());
    expect(texts.filter((text, i) => texts.indexOf(text) !== i)).toEqual([]);
  });

  test('links to files that exist', () => {
    const broken = inside.filter((link) => !existsSync(join(repository, resolveLink(page, link.target).path)));
    expect(broken).toEqual([]);
  });

  test('links to headings that exist', () => {
    const broken = inside.filter((link) => {
      const { path, anchor } = resolveLink(page, link.target);
      if (anchor === '' || !existsSync(join(repository, path))) return false;
      return !listHeadings(readPage(path)).some((heading) => heading.anchor === anchor);
    });
    expect(broken).toEqual([]);
  });

  test('links outside over https, and to itself nowhere by its own name', () => {
    const outside = links.filter((link) => /^[a-z]+:/.test(link.target));
    expect(outside.filter((link) => !link.target.startsWith('https://'))).toEqual([]);
    const own = inside.filter(
      (link) => !link.target.startsWith('#') && resolveLink(page, link.target).path === page.path,
    );
    expect(own).toEqual([]);
  });
});

test('docs/README.md links every page, and the README links docs/README.md', () => {
  const list = (path: string) => {
    const page = readPage(path);
    return listLinks(page).map((link) => resolveLink(page, link.target).path);
  };
  const index = 'docs/README.md';
  const linked = ['README.md', index, ...list(index)];
  expect(list('README.md')).toContain(index);
  expect(pages.map((page) => page.path).filter((path) => !linked.includes(path))).toEqual([]);
});
