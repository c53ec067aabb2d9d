import { ConfigurationError } from '@tandem/core';
import { describe, expect, it } from 'vitest';
import { parseElpvLabels, splitElpv } from './elpv-split.js';

const labels = (defective: number, functional: number) =>
  Array.from({ length: defective + functional }, (_, index) => ({
    image: `images/cell${String(index).padStart(4, '0')}.png`,
    defectProbability: index < defective ? 1 : 1 / 3,
  }));

describe('parseElpvLabels', () => {
  it('reads names and probabilities', () => {
    const text = 'images/cell0001.png  1.0                 mono\nimages/cell0002.png  0.3333333333333333  poly\n\n';
    expect(parseElpvLabels(text, 'labels.csv')).toEqual([
      { image: 'images/cell0001.png', defectProbability: 1 },
      { image: 'images/cell0002.png', defectProbability: 1 / 3 },
    ]);
  });

  it.each([
    'images/cell0001.png',
    'images/cell0001.png many mono',
    'images/../../x.png 1.0 mono',
    'images/a.png 2 poly',
  ])('names a line that it cannot read: %s', (line) => {
    expect(() => parseElpvLabels(`images/a.png 0.0 poly\n${line}\n`, 'labels.csv')).toThrow(ConfigurationError);
    expect(() => parseElpvLabels(`images/a.png 0.0 poly\n${line}\n`, 'labels.csv')).toThrow(
      `labels.csv: line 2 is "${line}"`,
    );
  });
});

describe('splitElpv', () => {
  it('holds back a quarter of each class, every image once', () => {
    const samples = splitElpv(labels(821, 1803));
    const count = (part: string, name: string) =>
      samples.filter((sample) => sample.part === part && sample.class === name).length;
    expect([count('train', 'defective'), count('eval', 'defective')]).toEqual([616, 205]);
    expect([count('train', 'functional'), count('eval', 'functional')]).toEqual([1352, 451]);
    expect(new Set(samples.map(({ image }) => image)).size).toBe(2624);
  });

  it('does not depend on the order of the labels, and stays what it is', () => {
    const some = labels(8, 12);
    expect(splitElpv(some.toReversed())).toEqual(splitElpv(some));
    const held = splitElpv(some).filter(({ part }) => part === 'eval');
    expect(held.map(({ image }) => image)).toMatchInlineSnapshot(`
      [
        "images/cell0001.png",
        "images/cell0002.png",
        "images/cell0012.png",
        "images/cell0015.png",
        "images/cell0018.png",
      ]
    `);
  });

  it('takes a probability of just ½ as functional', () => {
    expect(splitElpv([{ image: 'images/a.png', defectProbability: 0.5 }])[0]!.class).toBe('functional');
    expect(splitElpv([{ image: 'images/a.png', defectProbability: 0.51 }])[0]!.class).toBe('defective');
  });
});
