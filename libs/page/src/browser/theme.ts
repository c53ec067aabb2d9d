import { byId, make } from './elements.js';

const KEY = 'tandem.theme';

/** Light, dark, or as the system has it; remembered. `changed` is called whenever colours are others. */
export function chooseTheme(changed: () => void): void {
  const select = byId<HTMLSelectElement>('theme');
  const apply = () => {
    if (select.value === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = select.value;
    changed();
  };
  const remembered = localStorage.getItem(KEY);
  if (remembered === 'light' || remembered === 'dark') select.value = remembered;
  apply();
  select.addEventListener('change', () => {
    localStorage.setItem(KEY, select.value);
    apply();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
}

const probes = new Map<string, HTMLElement>();

/** One of page.css's colours as it is now, for a canvas, which knows no variables. */
export function colour(name: string): string {
  let probe = probes.get(name);
  if (probe === undefined) {
    probe = make('i');
    probe.hidden = true;
    probe.style.color = `var(--${name})`;
    document.body.append(probe);
    probes.set(name, probe);
  }
  return getComputedStyle(probe).color;
}
