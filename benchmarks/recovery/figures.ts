import { existsSync, readFileSync } from 'node:fs';
import { median } from '../median.js';

/** What a rank wrote: that it committed a step, or is ready to. */
export interface Event {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly msg: string;
  readonly step: number;
  readonly pid: number;
}

/** What the death of one of three workers cost. */
export interface RecoveryFigures {
  /** Of the steps before, by the clock. */
  readonly stepMs: number;
  /** From the kill to the next step that anybody committed, less a step. */
  readonly toNextStepMs: number;
  /** From the kill to the first step that nobody had committed before, less a step. */
  readonly withoutProgressMs: number;
  /** Steps that had been committed and were done again. */
  readonly stepsAgain: number;
  /** Of the workers that lived, those whose process is another one afterwards. */
  readonly survivorsRestarted: number;
  /** From the kill until three workers train again. */
  readonly toFullStrengthMs: number;
  /** Of these, from when the new process is ready (data, framework and network are there) to its first step. */
  readonly beyondStartUpMs: number;
}

export interface Recovery {
  readonly killTime: number;
  readonly victimPid: number;
  /** Of the survivors and the one that came back. */
  readonly events: readonly Event[];
}

export function readEvents(file: string): Event[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Event);
}

export function isCommit({ msg }: Event): boolean {
  return msg.endsWith('is committed');
}

/**
 * A rank that had all gradients when the other died still commits that step: it was under way already. The next step is the first
 * after the longest pause among the five that follow.
 */
export function figuresOf({ killTime, victimPid, events }: Recovery): RecoveryFigures {
  const commits = events.filter(isCommit).sort((a, b) => a.time - b.time);
  const before = commits.filter(({ time }) => time <= killTime);
  const stepMs = median(intervals(firstTimes(before)));
  const after = commits.filter(({ time }) => time > killTime);
  const next = endOfPause(withoutNewcomer(after, before, events), killTime);
  const known = new Set(commits.filter(({ time }) => time < next).map(({ step }) => step));
  const progress = after.find(({ step, time }) => time >= next && !known.has(step))!.time;
  const again = new Set(after.filter(({ step, time }) => time >= next && known.has(step)).map(({ step }) => step));
  const survivors = new Set(before.map(({ pid }) => pid).filter((pid) => pid !== victimPid));
  const alive = new Set(after.filter(({ time }) => time >= next).map(({ pid }) => pid));
  const restarted = [...survivors].filter((pid) => !alive.has(pid)).length;
  const newcomers = [...alive].filter((pid) => !survivors.has(pid));
  const first = Math.max(...newcomers.map((pid) => after.find((event) => event.pid === pid)!.time));
  const ready = Math.max(
    ...newcomers.map((pid) => events.find((event) => event.pid === pid && event.msg.endsWith('is ready'))!.time),
  );
  return {
    stepMs,
    toNextStepMs: next - killTime - stepMs,
    withoutProgressMs: progress - killTime - stepMs,
    stepsAgain: again.size,
    survivorsRestarted: restarted,
    toFullStrengthMs: first - killTime,
    beyondStartUpMs: first - ready,
  };
}

/**
 * What was committed before the new process was there, where the others went on without it: a pause in which it copies the state is no
 * part of theirs.
 */
function withoutNewcomer(
  after: readonly Event[],
  before: readonly Event[],
  events: readonly Event[],
): readonly Event[] {
  const lived = new Set(before.map(({ pid }) => pid));
  const there = events.find(({ pid, msg }) => !lived.has(pid) && msg.endsWith('is ready'))?.time ?? Infinity;
  const early = after.filter(({ time }) => time < there);
  const inFlight = Math.max(...before.map(({ step }) => step)) + 1;
  return early.some(({ step }) => step > inFlight) ? early : after;
}

const STEPS_TO_SHOW = 5;

function endOfPause(after: readonly Event[], killTime: number): number {
  let [from, longest, end] = [killTime, 0, killTime];
  const times = after.map(({ time }) => time);
  for (const time of times.slice(0, 3 * STEPS_TO_SHOW)) {
    if (time - from > longest) [longest, end] = [time - from, time];
    from = time;
  }
  return end;
}

/** When each step was committed first. */
function firstTimes(commits: readonly Event[]): number[] {
  const first = new Map<number, number>();
  for (const { step, time } of commits) if (!first.has(step)) first.set(step, time);
  return [...first.values()];
}

function intervals(times: readonly number[]): number[] {
  return times.slice(1).map((time, index) => time - times[index]!);
}
