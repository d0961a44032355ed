/** Stack frames for reading: newest call first, runs of library frames folded into one line. */
import type { Exception, Frame } from '../api/types';

export type FrameItem = { kind: 'frame'; frame: Frame; key: string; open: boolean } | { kind: 'fold'; frames: Frame[]; key: string; repeated: boolean };

const FOLD_MIN = 2;

/** Frames as shown. With `all`, nothing is folded. The newest in-app frame is open from the start. */
export function frameItems(e: Exception, all: boolean, prefix: string): FrameItem[] {
  const frames = [...(e.frames ?? [])].reverse();
  const anyInApp = frames.some((f) => f.in_app);
  const firstOpen = Math.max(0, frames.findIndex((f) => f.in_app));
  const out: FrameItem[] = [];
  for (let i = 0; i < frames.length; ) {
    const to = all ? i + 1 : foldEnd(frames, i, firstOpen, anyInApp);
    const key = `${prefix}.${i}`;
    if (to - i >= FOLD_MIN) {
      out.push({ kind: 'fold', frames: frames.slice(i, to), key, repeated: sameCall(frames[i]!, frames[i + 1]!) });
      i = to;
    } else {
      out.push({ kind: 'frame', frame: frames[i]!, key, open: i === firstOpen });
      i++;
    }
  }
  return out;
}

/** Where a fold that starts at `i` ends: a run of library frames, or of one call that repeats itself. */
function foldEnd(frames: Frame[], i: number, keep: number, anyInApp: boolean): number {
  let to = i;
  if (anyInApp) {
    while (to < frames.length && to !== keep && !frames[to]!.in_app) to++;
    if (to - i >= FOLD_MIN) return to;
  }
  to = i + 1;
  while (to < frames.length && to !== keep && i !== keep && sameCall(frames[i]!, frames[to]!)) to++;
  return to - i >= 4 ? to : i + 1;
}

function sameCall(a: Frame, b: Frame): boolean {
  return a.function === b.function && a.lineno === b.lineno && (a.abs_path ?? a.filename) === (b.abs_path ?? b.filename);
}

export function frameFile(f: Frame): string {
  return f.filename || f.abs_path || f.module || '<unknown>';
}

export interface SourceLine {
  number: number | null;
  text: string;
  current: boolean;
}

export function sourceLines(f: Frame): SourceLine[] {
  if (f.context_line === null || f.context_line === undefined) return [];
  const before = f.pre_context ?? [];
  const after = f.post_context ?? [];
  const at = f.lineno ?? null;
  const line = (text: string, offset: number): SourceLine => ({
    number: at === null ? null : at + offset,
    text,
    current: offset === 0,
  });
  return [
    ...before.map((t, i) => line(t, i - before.length)),
    line(f.context_line, 0),
    ...after.map((t, i) => line(t, i + 1)),
  ];
}

/** The stack as the terminal would print it, for the clipboard. */
export function plainTrace(exceptions: Exception[]): string {
  return exceptions
    .map((e) => {
      const lines = (e.frames ?? []).map((f) => {
        const head = `  File "${f.abs_path || frameFile(f)}", line ${f.lineno ?? '?'}, in ${f.function ?? '?'}`;
        return f.context_line ? `${head}\n    ${f.context_line.trim()}` : head;
      });
      const head = lines.length ? 'Traceback (most recent call last):\n' : '';
      return `${head}${lines.join('\n')}${lines.length ? '\n' : ''}${e.type ?? 'Error'}${e.value ? `: ${e.value}` : ''}`;
    })
    .join('\n\n');
}
