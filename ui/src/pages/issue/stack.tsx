/** The exceptions of an event, the one raised last on top; their causes follow. */
import { useState } from 'preact/hooks';
import type { Exception, Frame } from '../../api/types';
import { Badge, CopyButton, Section, Segmented } from '../../components/bits';
import { Icon } from '../../components/icon';
import { Value } from '../../components/keyvalues';
import { plural } from '../../lib/format';
import { frameFile, frameItems, plainTrace, sourceLines } from '../../lib/frames';
import './stack.css';

type View = 'folded' | 'all' | 'raw';

export function StackTrace({ exceptions }: { exceptions: Exception[] }) {
  const [view, setView] = useState<View>('folded');
  const newestFirst = [...exceptions].reverse();
  return (
    <Section
      title={exceptions.length > 1 ? `Exceptions (${exceptions.length})` : 'Exception'}
      actions={
        <>
          <Segmented
            label="Frames"
            value={view}
            onChange={setView}
            options={[
              { value: 'folded', label: 'App frames', title: 'Library frames folded' },
              { value: 'all', label: 'All frames' },
              { value: 'raw', label: 'Text' },
            ]}
          />
          <CopyButton text={() => plainTrace(exceptions)} label="Copy" />
        </>
      }
    >
      {view === 'raw' ? (
        <pre class="panel message">{plainTrace(exceptions)}</pre>
      ) : (
        newestFirst.map((e, i) => (
          <div key={i}>
            {i > 0 && <p class="caused">Earlier in the chain</p>}
            <ExceptionBlock exception={e} all={view === 'all'} index={i} />
          </div>
        ))
      )}
    </Section>
  );
}

function ExceptionBlock({ exception, all, index }: { exception: Exception; all: boolean; index: number }) {
  const items = frameItems(exception, all, String(index));
  return (
    <article class="exception panel">
      <header>
        <div>
          <strong class="exception-type">{exception.module ? <span class="dim">{exception.module}.</span> : null}{exception.type ?? 'Error'}</strong>
          {exception.handled === false && (
            <Badge tone="error" title={exception.mechanism ? `mechanism: ${exception.mechanism}` : undefined}>
              unhandled
            </Badge>
          )}
          {exception.handled === true && <Badge>handled</Badge>}
          {exception.mechanism && <span class="dim">{exception.mechanism}</span>}
        </div>
        {exception.value && <pre class="exception-value">{exception.value}</pre>}
      </header>
      {items.length === 0 && <p class="dim pad">This exception came without a stack trace.</p>}
      <ol class="frames">
        {items.map((item) =>
          item.kind === 'frame' ? (
            <FrameView key={`${item.key}${all}`} frame={item.frame} open={item.open && index === 0} />
          ) : (
            <Fold key={item.key} frames={item.frames} repeated={item.repeated} />
          ),
        )}
      </ol>
    </article>
  );
}

function Fold({ frames, repeated }: { frames: Frame[]; repeated: boolean }) {
  const [open, setOpen] = useState(false);
  const packages = [...new Set(frames.map((f) => (f.module || frameFile(f)).split(/[./]/)[0]))].slice(0, 3).join(', ');
  if (open) {
    return (
      <>
        {frames.map((f, i) => (
          <FrameView key={i} frame={f} open={false} />
        ))}
      </>
    );
  }
  return (
    <li>
      <button class="frame-fold" onClick={() => setOpen(true)}>
        <Icon name="plus" size={12} />
        {repeated ? `The same call ${plural(frames.length, 'more time')}` : `${plural(frames.length, 'library frame')}`}
        <span class="dim">{packages}</span>
      </button>
    </li>
  );
}

function FrameView({ frame, open: initial }: { frame: Frame; open: boolean }) {
  const [open, setOpen] = useState(initial);
  const lines = sourceLines(frame);
  const vars = Object.entries(frame.vars ?? {});
  const hasBody = lines.length > 0 || vars.length > 0;
  return (
    <li class={frame.in_app ? 'frame in-app' : 'frame'}>
      <button class="frame-head" aria-expanded={open} disabled={!hasBody} onClick={() => setOpen(!open)}>
        <Icon name={open ? 'down' : 'right'} size={12} />
        <span class="frame-file" title={frame.abs_path ?? undefined}>
          {frameFile(frame)}
        </span>
        <span class="dim">in</span>
        <span class="frame-function">{frame.function ?? '<unknown>'}</span>
        {frame.lineno != null && (
          <span class="dim">
            line <span class="frame-line">{frame.lineno}</span>
          </span>
        )}
        {frame.in_app && <span class="frame-app">app</span>}
        {!open && frame.context_line && <code class="frame-peek">{frame.context_line.trim()}</code>}
      </button>
      {open && (
        <div class="frame-body">
          {lines.length > 0 && (
            <pre class="source-code">
              {lines.map((l, i) => (
                <div key={i} class={l.current ? 'source-line current' : 'source-line'}>
                  <span class="source-number">{l.number ?? ''}</span>
                  <span>{l.text || ' '}</span>
                </div>
              ))}
            </pre>
          )}
          {vars.length > 0 && <Locals vars={vars} />}
        </div>
      )}
    </li>
  );
}

function Locals({ vars }: { vars: [string, unknown][] }) {
  return (
    <details class="locals" open={vars.length <= 8}>
      <summary>
        Local variables <span class="dim">{vars.length}</span>
      </summary>
      <table class="kv locals-table">
        <tbody>
          {vars.map(([k, v]) => (
            <tr key={k}>
              <th scope="row">{k}</th>
              <td>
                <Value name="" value={v} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
