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
      ['g m', 'Metrics'],
      ['g d', 'Dashboards'],
      ['g s', 'Get started'],
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
        <section class="help-wide">
          <h3>Search language</h3>
          <dl class="help-list help-language">
            {LANGUAGE.map(([text, what]) => (
              <div key={text}>
                <dt>
                  <code>{text}</code>
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
    </Dialog>
  );
}
