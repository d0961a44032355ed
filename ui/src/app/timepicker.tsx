/** The time range: presets, and free text that says at once how it was understood. */
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { serverNow } from '../api/client';
import { Icon } from '../components/icon';
import { useHotkeys } from '../lib/hotkeys';
import { PRESETS, describeRange, parseRangeText, resolveRange } from '../lib/range';
import { clockTime, fullTime } from '../lib/time';
import { range, rangeLabel, refresh, refreshEvery, relative, resolved, setRange, shiftRange, zoomOut } from './range';

const pickerOpen = signal(false);

const EVERY = [0, 5, 10, 30, 60];

export function TimePicker() {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const outside = (e: Event) => {
      if (!e.composedPath().includes(box.current!)) pickerOpen.value = false;
    };
    document.addEventListener('pointerdown', outside);
    return () => {
      document.removeEventListener('pointerdown', outside);
      pickerOpen.value = false;
    };
  }, []);
  useHotkeys({ d: () => (pickerOpen.value = true) });
  const { startMs, endMs } = resolved.value;
  return (
    <div class="time" ref={box}>
      <div class="button-group">
        <button class="button icon-only" onClick={() => shiftRange(-1)} title="Earlier" aria-label="Earlier">
          <Icon name="left" />
        </button>
        <button
          class="button time-button"
          aria-haspopup="dialog"
          aria-expanded={pickerOpen.value}
          title={`${fullTime(startMs, false)} – ${fullTime(endMs, false)} (d)`}
          onClick={() => (pickerOpen.value = !pickerOpen.value)}
        >
          <Icon name="clock" />
          <span>{rangeLabel.value}</span>
        </button>
        <button class="button icon-only" onClick={() => shiftRange(1)} title="Later" aria-label="Later" disabled={relative.value}>
          <Icon name="right" />
        </button>
      </div>
      <button class="button icon-only" onClick={refresh} title="Refresh (r)" aria-label="Refresh">
        <Icon name="refresh" />
        {refreshEvery.value > 0 && relative.value && <span class="refresh-every">{refreshEvery.value} s</span>}
      </button>
      {pickerOpen.value && <Panel />}
    </div>
  );
}

/** Both ends; the second without its date where that is the same. */
function spanText(startMs: number, endMs: number): string {
  const sameDay = new Date(startMs).toDateString() === new Date(endMs).toDateString();
  return `${fullTime(startMs, false)} – ${sameDay ? clockTime(endMs) : fullTime(endMs, false)}`;
}

function Panel() {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  useEffect(() => input.current?.focus(), []);
  const now = serverNow();
  const parsed = text.trim() ? parseRangeText(text, now) : null;
  const good = parsed && 'range' in parsed ? parsed.range : null;
  const shown = good ? resolveRange(good, now) : resolved.value;
  const close = () => (pickerOpen.value = false);
  const apply = () => {
    if (!good) return;
    setRange(good);
    close();
  };
  return (
    <div
      class="popover time-panel"
      role="dialog"
      aria-label="Time range"
      onKeyDown={(e) => {
        if (e.key === 'Escape') {
          e.stopPropagation();
          close();
        }
      }}
    >
      <label class="field">
        <span class="field-label">Time range</span>
        <input
          ref={input}
          class="input"
          value={text}
          placeholder="5h, since 10:30, 09:00 to 10:15, ISO range"
          aria-invalid={!!parsed && !good}
          aria-describedby="time-read"
          onInput={(e) => setText(e.currentTarget.value)}
          onKeyDown={(e) => e.key === 'Enter' && apply()}
        />
      </label>
      <p id="time-read" class={`time-read ${parsed && 'error' in parsed ? 'bad' : ''}`} aria-live="polite">
        {parsed && 'error' in parsed ? (
          parsed.error
        ) : (
          <>
            {good && <strong>{describeRange(good, now)}: </strong>}
            {spanText(shown.startMs, shown.endMs)}
          </>
        )}
      </p>
      <div class="time-presets">
        {PRESETS.map((p) => (
          <button
            key={p.label}
            class="plain"
            aria-pressed={range.value.start === p.range.start && range.value.end === 'now'}
            onClick={() => {
              setRange(p.range);
              close();
            }}
          >
            {p.label}
          </button>
        ))}
      </div>
      <div class="time-foot">
        <button class="button" onClick={zoomOut}>
          <Icon name="zoomOut" /> Zoom out
        </button>
        <label class="inline-field">
          Refresh
          <select class="select" value={String(refreshEvery.value)} onChange={(e) => (refreshEvery.value = Number(e.currentTarget.value))}>
            {EVERY.map((s) => (
              <option key={s} value={String(s)}>
                {s ? `every ${s} s` : 'off'}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p class="dim time-zone">Times are in {Intl.DateTimeFormat().resolvedOptions().timeZone || 'local time'}.</p>
    </div>
  );
}
