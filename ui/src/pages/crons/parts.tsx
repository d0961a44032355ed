/** What both pages of monitors share. */
import type { CheckIn, Monitor } from '../../api/monitors';
import { serverNow } from '../../api/client';
import { Badge, Time } from '../../components/bits';
import { duration, plural } from '../../lib/format';
import { RUN, scheduleWords, type State } from '../../lib/monitors';
import { fullTime, nsToMs } from '../../lib/time';

export function Word({ state }: { state: State }) {
  return (
    <Badge tone={state.tone} title={state.why[0]!.toUpperCase() + state.why.slice(1)}>
      {state.word}
    </Badge>
  );
}

export function ScheduleText({ of }: { of: Monitor }) {
  const words = scheduleWords(of.schedule);
  const line = of.schedule?.type === 'crontab' ? of.schedule.crontab : '';
  return (
    <>
      {of.schedule ? words : <span class="dim">none: nothing is missed</span>}
      {of.schedule && (
        <span class="dim schedule-sub">
          {line && line !== words && <code>{line}</code>} {of.schedule.type === 'crontab' ? of.time_zone : 'after the last check-in'}
        </span>
      )}
    </>
  );
}

/** When the next one is expected; what lies in the past is late. */
export function Expected({ ns }: { ns: string | null }) {
  if (!ns) return <span class="dim">–</span>;
  return (
    <span class={nsToMs(ns) < serverNow() ? 'warned' : undefined}>
      <Time ns={ns} />
    </span>
  );
}

/** One bar a run, the newest last: its height says whether it went well, too. */
export function Runs({ of, width = 200 }: { of: CheckIn[]; width?: number }) {
  const runs = [...of].reverse();
  const bad = of.filter((c) => c.status === 'error' || c.status === 'missed' || c.status === 'timeout').length;
  if (!runs.length) return <span class="dim">no check-ins</span>;
  const step = Math.min(10, width / runs.length);
  return (
    <svg class="runs" width={step * runs.length} height={22} viewBox={`0 0 ${step * runs.length} 22`} role="img" aria-label={`The last ${plural(runs.length, 'check-in')}, ${bad ? `${bad} of them failed` : 'none failed'}`}>
      {runs.map((c, i) => {
        const h = c.status === 'ok' ? 12 : c.status === 'in_progress' ? 6 : 20;
        return (
          <rect key={c.id} class={`run run-${c.status}`} x={(i * step).toFixed(2)} y={22 - h} width={Math.max(1, step - 1.5).toFixed(2)} height={h} rx={1}>
            <title>{runText(c)}</title>
          </rect>
        );
      })}
    </svg>
  );
}

export function runText(c: CheckIn): string {
  const late = nsToMs(c.late_ns);
  return [
    fullTime(nsToMs(c.added_ns), false),
    RUN[c.status].word,
    c.duration_ns ? duration(nsToMs(c.duration_ns)) : '',
    late > 0 ? `${duration(late)} late` : '',
    c.environment,
  ]
    .filter(Boolean)
    .join(' · ');
}
