/** ⌘K: pages, actions, a pasted id, an issue by its words. */
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { serverNow } from '../api/client';
import { listIssues } from '../api/endpoints';
import type { Issue } from '../api/types';
import { Icon, type IconName } from '../components/icon';
import { detectJump } from '../lib/ids';
import { Dialog } from './dialog';
import { helpOpen } from './help';
import { LOWER_PLACES, PLACES } from './nav';
import { href, navigate } from './router';
import { leave } from './session';
import { toggleTheme } from './theme';

export const paletteOpen = signal(false);

interface Command {
  id: string;
  group: string;
  label: string;
  detail?: string;
  icon: IconName;
  run: () => void;
}

function fixedCommands(): Command[] {
  const pages = [...PLACES, ...LOWER_PLACES].map((p) => ({
    id: p.path,
    group: 'Pages',
    label: p.label,
    detail: p.key,
    icon: p.icon,
    run: () => navigate(href(p.path)),
  }));
  const action = (id: string, label: string, icon: IconName, run: () => void): Command => ({ id, group: 'Actions', label, icon, run });
  return [
    ...pages,
    action('live', 'Live tail of the logs', 'play', () => navigate(href('/logs', { live: 1 }))),
    action('series', 'Series: which label exploded', 'list', () => navigate(href('/series'))),
    action('compare', 'Compare two releases', 'releases', () => navigate(href('/releases/compare'))),
    action('scrubbing', 'Scrubbing rules', 'eye', () => navigate(href('/project/scrubbing'))),
    action('grouping', 'Grouping rules', 'eye', () => navigate(href('/project/grouping'))),
    action('tokens', 'Create an API token', 'plus', () => navigate(href('/settings/tokens'))),
    action('theme', 'Switch between dark and light', 'moon', toggleTheme),
    action('help', 'Shortcuts and search language', 'keyboard', () => (helpOpen.value = true)),
    action('leave', 'Sign out', 'out', () => void leave()),
  ];
}

function textCommands(text: string): Command[] {
  const t = text.trim();
  if (!t) return [];
  const out: Command[] = [];
  const jump = detectJump(t);
  if (jump?.kind === 'id') {
    const id = encodeURIComponent(jump.id);
    out.push({ id: 'jump', group: 'Jump', label: 'Everything linked to this id', detail: jump.label, icon: 'link', run: () => navigate(href(`/id/${id}`)) });
    if (/^[0-9a-f]{32}$/.test(jump.id)) {
      out.push({ id: 'jump-trace', group: 'Jump', label: 'Open as a trace', icon: 'traces', run: () => navigate(href(`/traces/${id}`)) });
    }
  } else if (jump?.kind === 'issue') {
    out.push({ id: 'jump-issue', group: 'Jump', label: jump.label, icon: 'issues', run: () => navigate(href(`/issues/${jump.id}`)) });
  } else if (!/\s/.test(t) && t.length >= 6) {
    out.push({ id: 'jump-any', group: 'Jump', label: `Look up “${t}” as an id`, icon: 'link', run: () => navigate(href(`/id/${encodeURIComponent(t)}`)) });
  }
  out.push({ id: 'logs', group: 'Search', label: `Search logs for “${t}”`, icon: 'logs', run: () => navigate(href('/logs', { q: t })) });
  out.push({ id: 'traces', group: 'Search', label: `Search traces for “${t}”`, icon: 'traces', run: () => navigate(href('/traces', { q: t })) });
  out.push({ id: 'issues', group: 'Search', label: `Search issues for “${t}”`, icon: 'issues', run: () => navigate(href('/issues', { query: t, status: 'all' })) });
  return out;
}

/** Open issues whose title holds the text, looked for in the last 30 days; a failure leaves the rest of the palette usable. */
function useIssues(text: string): { issues: Issue[]; failed: boolean } {
  const [found, setFound] = useState<{ issues: Issue[]; failed: boolean }>({ issues: [], failed: false });
  useEffect(() => {
    const query = text.trim();
    if (query.length < 3) {
      setFound({ issues: [], failed: false });
      return;
    }
    const abort = new AbortController();
    const timer = setTimeout(async () => {
      const endMs = serverNow();
      try {
        const answer = await listIssues(
          { status: 'all', query, sort: 'last_seen', limit: 5, offset: 0 },
          { startMs: endMs - 30 * 86_400_000, endMs },
          abort.signal,
        );
        setFound({ issues: answer.issues, failed: false });
      } catch {
        if (!abort.signal.aborted) setFound({ issues: [], failed: true });
      }
    }, 180);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text]);
  return found;
}

export function Palette() {
  return paletteOpen.value ? <Open /> : null;
}

function Open() {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const found = useIssues(text);
  const needle = text.trim().toLowerCase();
  const issues: Command[] = found.issues.map((i) => ({
    id: `issue-${i.id}`,
    group: 'Issues',
    label: i.title,
    detail: i.short_id,
    icon: 'issues',
    run: () => navigate(href(`/issues/${i.id}`)),
  }));
  const fixed = fixedCommands().filter((c) => !needle || c.label.toLowerCase().includes(needle));
  const [jumps, searches] = [textCommands(text).filter((c) => c.group === 'Jump'), textCommands(text).filter((c) => c.group === 'Search')];
  const commands = [...jumps, ...issues, ...fixed, ...searches];
  const index = Math.min(at, Math.max(0, commands.length - 1));
  const close = () => (paletteOpen.value = false);
  const run = (c: Command | undefined) => {
    if (!c) return;
    close();
    c.run();
  };
  useEffect(() => list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' }), [index]);
  const onKeyDown = (e: KeyboardEvent) => {
    const step = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0;
    if (step) {
      e.preventDefault();
      setAt((index + step + commands.length) % commands.length);
    } else if (e.key === 'Enter') {
      e.preventDefault();
      run(commands[index]);
    }
  };
  return (
    <Dialog label="Jump to" onClose={close} class="palette">
      <div class="palette-input">
        <Icon name="search" />
        <input
          autofocus
          value={text}
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={commands[index] && `palette-${index}`}
          aria-label="Jump to a page, a trace id, a request id, an issue"
          placeholder="A page, a trace or request id, an issue…"
          onInput={(e) => {
            setText(e.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <kbd>Esc</kbd>
      </div>
      <ul id="palette-list" role="listbox" ref={list} class="palette-list" aria-label="Matches">
        {commands.map((c, i) => (
          <li key={c.id} class={i === 0 || commands[i - 1]!.group !== c.group ? 'palette-first' : undefined} data-group={c.group} role="presentation">
            <div id={`palette-${i}`} role="option" aria-selected={i === index} class="palette-option" onClick={() => run(c)} onPointerMove={() => setAt(i)}>
              <Icon name={c.icon} />
              <span class="palette-label">{c.label}</span>
              {c.detail && <span class="dim">{c.detail}</span>}
            </div>
          </li>
        ))}
      </ul>
      {found.failed && <p class="palette-note">Issues could not be searched just now.</p>}
    </Dialog>
  );
}
