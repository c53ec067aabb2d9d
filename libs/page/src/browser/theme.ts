import { byId } from './elements.js';

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

/** The value of one of page.css's colours. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
