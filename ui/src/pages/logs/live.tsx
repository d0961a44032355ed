/** The live tail as a list: new lines at its end, what was left out said in its place. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Row } from '../../api/types';
import { setParams } from '../../app/router';
import { Icon } from '../../components/icon';
import { Empty, ErrorBox, Loading } from '../../components/states';
import { integer } from '../../lib/format';
import { useHotkeys } from '../../lib/hotkeys';
import { LineList } from './list';
import { columnsOf, listProps, type Asked, type Shown } from './state';
import { isGap, MOST_KEPT } from '../../lib/inbox';
import { useTail, type Tail } from './usetail';

interface Props {
  asked: Asked;
  /** Lines that are there already are not older. */
  start: string;
  onShown: (shown: Shown) => void;
}

export function Live({ asked, start, onShown }: Props) {
  const [paused, setPaused] = useState(false);
  const tail = useTail(asked.dataset, asked.q, start, paused);
  const newestFirst = asked.order === 'desc';
  const items = useMemo(() => (newestFirst ? [...tail.items].reverse() : tail.items), [tail.items, newestFirst]);
  useEffect(() => onShown({ rows: items.filter((i): i is Row => !isGap(i)), columns: columnsOf(asked, tail) }), [items, tail.fields, asked.columns.join('\n')]);
  useHotkeys({ p: () => setPaused(!paused) });
  if (tail.state === 'failed') {
    return (
      <>
        <ErrorBox error={tail.error!} query={asked.q} />
        <button class="button" onClick={() => setParams({ live: null })}>
          Leave the live tail
        </button>
      </>
    );
  }
  return (
    <>
      <div class="status-line live-line" role="status">
        <button class="button small" aria-pressed={paused} title={paused ? 'Go on (p)' : 'Hold new lines back (p)'} onClick={() => setPaused(!paused)}>
          <Icon name={paused ? 'play' : 'pause'} size={12} /> {paused ? 'Resume' : 'Pause'}
        </button>
        <State tail={tail} paused={paused} />
      </div>
      {tail.items.length ? (
        <LineList
          key={newestFirst ? 'desc' : 'asc'}
          items={items}
          {...listProps(asked, tail)}
          grows={newestFirst ? 'start' : 'end'}
          arrived={tail.arrived}
        />
      ) : tail.state === 'opening' ? (
        <Loading lines={8} />
      ) : (
        <Empty title="Nothing yet" icon="play">
          <p>New {asked.noun}s that match show here within a moment of being stored.</p>
        </Empty>
      )}
    </>
  );
}

function State({ tail, paused }: { tail: Tail; paused: boolean }) {
  return (
    <>
      {tail.state === 'broken' ? (
        <span class="live-broken">{tail.error?.message} Trying again; nothing is lost that the server still has.</span>
      ) : tail.state === 'opening' ? (
        <span class="dim">Connecting…</span>
      ) : (
        <span>{tail.arrived ? `${integer(tail.arrived)} new since you switched to live` : 'Waiting for new lines'}</span>
      )}
      {paused && <strong>{tail.held ? `paused, ${integer(tail.held)} waiting` : 'paused'}</strong>}
      {tail.dropped > 0 && (
        <strong class="live-dropped">
          dropped {tail.atLeast ? 'at least ' : ''}
          {integer(tail.dropped)} {tail.dropped === 1 ? 'line' : 'lines'}
        </strong>
      )}
      {tail.cut && <span class="dim">The newest {integer(MOST_KEPT)} are kept here.</span>}
    </>
  );
}
