import { describe, expect, it } from 'vitest';
import { whomToDrop } from './accusations.js';

const ranks = ['a', 'b', 'c'];
const says = (by: string, ...peers: string[]) => ({ by, fault: { code: 'TANDEM_PEER_LOST', message: '', peers } });

describe('whomToDrop', () => {
  it.each([
    ['the one that is named', [says('a', 'b')], 'b'],
    ['the one that names nobody', [says('a', 'b'), says('b', 'c')], 'c'],
    ['the one that most name', [says('a', 'c'), says('b', 'c'), says('c', 'a', 'b')], 'c'],
    ['the higher rank of two that name each other', [says('a', 'b'), says('b', 'a')], 'b'],
    ['nobody where nobody is named', [says('a')], undefined],
    ['nobody who has left already', [says('a', 'gone')], undefined],
  ])('%s', (_, accusations, expected) => expect(whomToDrop(accusations, ranks)).toBe(expected));
});
