import { expect, it } from 'vitest';
import { ControlBlock } from './control-block.js';
import { GenerationDialogue } from './generation-dialogue.js';
import { GenerationMailbox } from './generation-mailbox.js';
import type { ThreadLink } from './thread-link.js';

function scene() {
  const posted: object[] = [];
  const control = new ControlBlock();
  const mailbox = new GenerationMailbox();
  const link = { post: (message: object) => posted.push(message) } as unknown as ThreadLink;
  return { posted, control, mailbox, dialogue: new GenerationDialogue({ name: 'b', link, control, mailbox }) };
}

const generation = (number: number, ...names: string[]) => ({
  ...{ number, configJson: '{}' },
  members: names.map((name, rank) => ({ rank, name, address: `${name}:1` })),
});

it('gives the newest generation, with this worker’s rank', async () => {
  const { mailbox, dialogue } = scene();
  expect(dialogue.present).toBeUndefined();
  mailbox.push(generation(1, 'a', 'b'));
  mailbox.push(generation(2, 'a', 'c', 'b'));
  expect(await dialogue.next()).toMatchObject({ number: 2, rank: 2 });
  expect(dialogue.present).toMatchObject({ number: 2, rank: 2 });
  mailbox.push(generation(3, 'a'));
  await expect(dialogue.next()).rejects.toThrow('worker b was sent generation 3, which it is not in');
});

it('trains in a generation from when it is ready until it stands in another', () => {
  const { posted, control, dialogue } = scene();
  dialogue.ready({ generation: 4 });
  expect(control.trainedGeneration).toBe(4);
  dialogue.stand({ generation: 5, trained: true });
  expect(control.trainedGeneration).toBe(0);
  expect(posted).toEqual([
    { kind: 'send', message: { ready: { generation: 4 } } },
    { kind: 'send', message: { standing: { generation: 5, trained: true } } },
  ]);
});

it('tells a generation that is over by what both threads know', () => {
  const { control, dialogue } = scene();
  control.newestGeneration = 2;
  dialogue.checkPresent(2);
  expect(() => dialogue.checkPresent(1)).toThrow('generation 1 is over');
});
