/** Searches to hand: those that everybody has, and those that were kept in this browser. */
import { useState } from 'preact/hooks';
import { setParams } from '../../app/router';
import { Icon } from '../../components/icon';
import { MenuItem, Popup } from '../../components/popup';
import { READY } from '../../lib/issuesearch';
import { dropSearch, keepSearch, readSearches } from '../../lib/keptsearches';
import type { Asked } from './state';

export function Searches({ asked }: { asked: Asked }) {
  return (
    <Popup
      class="button"
      label="Searches"
      title="Saved searches"
      panel="searches"
      face={
        <>
          <Icon name="star" size={14} />
          Searches
          <Icon name="down" size={11} />
        </>
      }
    >
      {(close) => <Panel asked={asked} close={close} />}
    </Popup>
  );
}

function Panel({ asked, close }: { asked: Asked; close: () => void }) {
  const [kept, setKept] = useState(readSearches);
  const [name, setName] = useState('');
  const [failed, setFailed] = useState(false);
  const go = (query: string, status: string, sort: string) => {
    close();
    setParams({ query, status, sort, offset: null });
  };
  const save = (e: Event) => {
    e.preventDefault();
    if (!name.trim()) return;
    const ok = keepSearch({ name: name.trim(), query: asked.query, status: asked.status === 'unresolved' ? '' : (asked.status ?? ''), sort: asked.sort === 'last_seen' ? '' : asked.sort });
    setFailed(!ok);
    setKept(readSearches());
    setName('');
  };
  return (
    <>
      {READY.map((r) => (
        <MenuItem key={r.name} onClick={() => go(r.query, '', '')} hint={r.hint} pressed={asked.query === r.query}>
          {r.name}
        </MenuItem>
      ))}
      <hr class="menu-rule" />
      <p class="menu-head">Kept in this browser</p>
      {kept.length === 0 && <p class="menu-head">None yet. The address of this page has the whole search, too: send it to who needs it.</p>}
      <ul class="searches-list">
        {kept.map((s) => (
          <li key={s.name}>
            <MenuItem onClick={() => go(s.query, s.status, s.sort)} pressed={asked.query === s.query && s.query !== ''}>
              <span title={s.query}>{s.name}</span>
            </MenuItem>
            <button class="icon-button" aria-label={`Delete “${s.name}”`} title="Delete" onClick={() => (setFailed(!dropSearch(s.name)), setKept(readSearches()))}>
              <Icon name="trash" size={14} />
            </button>
          </li>
        ))}
      </ul>
      <form class="searches-form" onSubmit={save}>
        <input class="input" aria-label="Name of the search" placeholder="Keep this search as…" value={name} maxLength={200} onInput={(e) => setName(e.currentTarget.value)} />
        <button class="button" disabled={!name.trim()}>
          Keep
        </button>
      </form>
      {failed && <p class="form-error">This browser does not let pages keep anything.</p>}
    </>
  );
}
