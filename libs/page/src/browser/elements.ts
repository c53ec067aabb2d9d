/** The element of this id, which the page has. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element as T;
}

/** A new element with a class and text, or children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className = '',
  ...children: (string | Node)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  if (className !== '') element.className = className;
  element.append(...children);
  return element;
}

/** Only where it changes: an unchanged text is not read out again, and not laid out again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export interface Cell {
  readonly text: string;
  readonly className?: string;
  /** Of the row, for who listens to a table. */
  readonly isHeading?: boolean;
}

/** The rows of a table, changed where they differ. `own`: cells whose content is their maker's, by column. */
export function fillTable(
  body: HTMLTableSectionElement,
  rows: readonly (readonly Cell[])[],
  own?: (cell: HTMLElement, row: number, column: number) => void,
): void {
  while (body.rows.length > rows.length) body.deleteRow(-1);
  for (const [at, cells] of rows.entries()) {
    const row = body.rows[at] ?? body.insertRow();
    for (const [column, { text, className = '', isHeading = false }] of cells.entries()) {
      let cell = row.cells[column] as HTMLTableCellElement | undefined;
      if (cell === undefined) {
        cell = make(isHeading ? 'th' : 'td');
        if (isHeading) cell.scope = 'row';
        row.append(cell);
      }
      if (cell.className !== className) cell.className = className;
      if (own === undefined || text !== '') setText(cell, text);
      own?.(cell, at, column);
    }
  }
}
