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
    'Go to',
    [
      ['g o', 'Overview'],
      ['g i', 'Issues'],
      ['g l', 'Logs'],
      ['g t', 'Traces'],
      ['g m', 'Metrics'],
      ['g s', 'Get started'],
      ['g ,', 'Settings'],
    ],
  ],
];

const LANGUAGE: [string, string][] = [
  ['timeout', 'lines with the word'],
  ['"connection refused"', 'lines with the phrase'],
  ['severity_text:error', 'a field’s value'],
  ['status:>=500', 'comparison: > >= < <='],
  ['path:/orders/*', 'wildcard'],
  ['has:trace_id', 'the field is there'],
  ['a:1 AND (b:2 OR NOT c:3)', 'AND, OR, NOT, parentheses'],
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
