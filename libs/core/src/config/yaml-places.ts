import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type LineCounter } from 'yaml';

/** A place in a file. Lines and columns count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface FoundPath {
  /** Of the last key on the path that the file has. */
  readonly place: Place | undefined;
  /** The file has the whole path. */
  readonly isThere: boolean;
}

/** Where keys and values are in a YAML file; aliases are followed. */
export class YamlPlaces {
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(document: Document, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  /** `at`: the key that ends the path, or its value. */
  find(path: readonly PropertyKey[], at: 'key' | 'value' = 'value'): FoundPath {
    let node: unknown = this.#document.contents;
    let place = this.#placeOf(node);
    for (const [depth, key] of path.entries()) {
      const step = this.#step(node, key);
      if (step === undefined) return { place, isThere: false };
      node = step.value;
      const isLast = depth === path.length - 1;
      place = this.#placeOf(isLast && at === 'key' ? step.key : (step.value ?? step.key)) ?? place;
    }
    return { place, isThere: true };
  }

  #step(node: unknown, key: PropertyKey): { readonly key: unknown; readonly value: unknown } | undefined {
    const collection = isAlias(node) ? node.resolve(this.#document) : node;
    if (isMap(collection))
      return collection.items.find((pair) => String(isScalar(pair.key) ? pair.key.value : pair.key) === String(key));
    if (!isSeq(collection)) return undefined;
    const value: unknown = collection.items[Number(key)];
    return value === undefined ? undefined : { key: value, value };
  }

  #placeOf(node: unknown): Place | undefined {
    const offset = isNode(node) ? node.range?.[0] : undefined;
    if (offset === undefined) return undefined;
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }
}
