import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** `deploy/grafana/zxp.json`, as far as the tests read it. */
export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}

interface Variable {
  readonly name: string;
  readonly label: string;
  readonly [key: string]: unknown;
}

interface Dashboard {
  readonly uid: string;
  readonly id: null;
  readonly editable: boolean;
  readonly links: readonly { readonly url: string }[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly panels: readonly Panel[];
}

export const dashboard: Dashboard = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../deploy/grafana/zxp.json', import.meta.url)), 'utf8'),
);

/** The panels that show something: all but the rows. */
export const dataPanels = dashboard.panels.filter((panel) => panel.type !== 'row');

/** Every query with the title of its panel. */
export const queries = dataPanels.flatMap((panel) =>
  (panel.targets ?? []).map(({ expr }) => [panel.title, expr] as const),
);
