import { signal } from '@preact/signals';
import { Kbd } from '../components/bits';
import { Icon } from '../components/icon';
import { Dialog } from './dialog';

export const helpOpen = signal(false);

const MOD = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';

const GROUPS: [string, [string, string][]][] = [
  [
    'Everywhere',
    [
      [`${MOD} K`, 'Jump to a page or an id'],
      ['/', 'Focus the query'],
      ['d', 'Time range'],
      ['r', 'Refresh'],
      ['t', 'Dark or light'],
      ['Esc', 'Back, close'],
      ['?', 'This help'],
    ],
  ],
  [
    'Lists',
    [
      ['j', 'Next row'],
      ['k', 'Previous row'],
      ['Enter', 'Open the row'],
    ],
  ],
  [
    'Issues',
    [
      ['x', 'Choose the row'],
      ['Shift x', 'Choose all up to here'],
      ['Shift a', 'Choose all, Esc: none'],
      ['e', 'Resolve'],
      ['i', 'Archive for ever'],
      ['u', 'Reopen'],
      ['m', 'Assign to me'],
      ['z', 'Undo'],
      ['j', 'Of one issue: older event'],
      ['k', 'Of one issue: newer event'],
    ],
  ],
  [
    'Logs',
    [
      ['c', 'What stands around the record'],
      ['f', 'Show or hide the fields'],
      ['w', 'Break long lines'],
      ['l', 'Live tail on or off'],
      ['p', 'Pause the live tail'],
    ],
  ],
  [
    'Metrics',
    [
      ['n', 'Add a query'],
      ['1', 'Into query A (2: B, …)'],
      ['v', 'Graph, heatmap, table'],
      ['s', 'Stacked'],
      ['l', 'Scale of powers'],
      ['x', 'A graph for each query'],
      ['m', 'Releases'],
      ['e', 'Exemplars'],
      ['p', 'Parts of the query: series and time'],
      ['c', 'Series by metric and label'],
    ],
  ],
  [
    'Go to',
    [
      ['g o', 'Overview'],
      ['g i', 'Issues'],
      ['g l', 'Logs'],
      ['g t', 'Traces'],
      ['g a', 'Service map'],
      ['g m', 'Metrics'],
      ['g d', 'Dashboards'],
      ['g r', 'Releases'],
      ['g c', 'Crons'],
      ['g s', 'Get started'],
      ['g p', 'Project'],
      ['g ,', 'Settings'],
    ],
  ],
];

const LANGUAGE: [string, string][] = [
  ['timeout', 'records with the word'],
  ['"connection refused"', 'with the phrase'],
  ['level:error service:shop', 'both; values of fields'],
  ['status:(500 OR 502) -path:/h*', 'either, without'],
  ['duration_ms>500', 'comparison: > >= < <= !='],
  ['level:>=warn', 'levels are in order'],
  ['has:trace_id', 'the field is there'],
  ['/order \\d+ paid/', 'a regular expression'],
  ['… | count by path', 'a table'],
  ['… | count by level every 1m', 'a chart'],
  ['… | stats p95(duration_ms) by path', 'what fields come to'],
  ['… | top 20 user', 'the commonest values'],
  ['… | patterns', 'kinds of messages'],
  ['… | sort duration_ms desc', 'the largest first'],
];

const ISSUE_WORDS: [string, string][] = [
  ['is:unresolved', 'resolved, archived, new, regressed, …'],
  ['assigned:me', 'none, or an e-mail'],
  ['firstSeen:-24h', 'within a day; +7d: longer ago'],
  ['times_seen:>100 users:>=10', 'by events and users'],
  ['release:latest', 'seen in the newest release'],
  ['browser:Firefox* !level:warning', 'tags and fields of events, not'],
];

export function Help() {
  if (!helpOpen.value) return null;
  const close = () => (helpOpen.value = false);
  return (
    <Dialog label="Shortcuts and search language" onClose={close} class="help">
      <header class="dialog-head">
        <h2>Shortcuts</h2>
        <button class="icon-button" onClick={close} aria-label="Close">
          <Icon name="close" />
        </button>
      </header>
      <div class="help-grid">
        {GROUPS.map(([title, rows]) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl class="help-list">
              {rows.map(([keys, what]) => (
                <div key={keys}>
                  <dt>
                    <Kbd keys={keys} />
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <Language title="Search language" words={LANGUAGE} />
        <Language title="Search of issues" words={ISSUE_WORDS} />
      </div>
    </Dialog>
  );
}

function Language({ title, words }: { title: string; words: [string, string][] }) {
  return (
    <section class="help-wide">
      <h3>{title}</h3>
      <dl class="help-list help-language">
        {words.map(([text, what]) => (
          <div key={text}>
            <dt>
              <code>{text}</code>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
