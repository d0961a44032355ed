/** The choices above a dashboard. What a variable offers may depend on those before it. */
import { useEffect, useState } from 'preact/hooks';
import { asApiError, isAbort } from '../../api/client';
import type { Window } from '../../api/endpoints';
import { labelValues } from '../../api/prom';
import type { Variable } from '../../api/types';
import { param, setParams, url } from '../../app/router';
import { Icon } from '../../components/icon';
import { Popup } from '../../components/popup';
import { listed, readChosen, substitute, writeChosen, type Chosen } from '../../lib/dashboard';

/** As many values as a list can be read; more are found by a narrower choice before it. */
const MOST = 1000;

export interface Offered {
  values: string[];
  cut: boolean;
  error: string;
}

const key = (name: string) => `var-${name}`;

/** What is chosen: from the address; of a variable of one value the first that is offered. */
export function chosenOf(variables: Variable[], offered: Record<string, Offered>): Chosen {
  return Object.fromEntries(
    variables.map((v) => {
      const own = readChosen(param(key(v.name)));
      return [v.name, own.length || v.multiple ? own : (offered[v.name]?.values ?? []).slice(0, 1)];
    }),
  );
}

/** Asks for the values that each has in the time range, one after the other. */
export function useOffered(variables: Variable[], within: Window): { offered: Record<string, Offered>; ready: boolean } {
  const [state, setState] = useState<{ offered: Record<string, Offered>; ready: boolean }>({ offered: {}, ready: false });
  const asked = variables.map((v) => param(key(v.name))).join('\n');
  useEffect(() => {
    const abort = new AbortController();
    const load = async () => {
      const offered: Record<string, Offered> = {};
      for (const v of variables) {
        const match = substitute(v.of, variables, chosenOf(variables, offered), 60);
        try {
          const { items, cut } = await labelValues(v.label, match, MOST, abort.signal, { startS: within.startMs / 1000, endS: within.endMs / 1000 });
          offered[v.name] = { values: items, cut, error: '' };
        } catch (e) {
          if (isAbort(e)) return;
          offered[v.name] = { values: [], cut: false, error: asApiError(e).message };
        }
      }
      setState({ offered, ready: true });
    };
    void load();
    return () => abort.abort();
  }, [variables, asked, within]);
  return state;
}

export function Variables({ variables, offered }: { variables: Variable[]; offered: Record<string, Offered> }) {
  const chosen = chosenOf(variables, offered);
  void url.value;
  return (
    <>
      {variables.map((v) => (
        <Choice key={v.name} variable={v} offered={offered[v.name]} chosen={chosen[v.name]!} />
      ))}
    </>
  );
}

function Choice({ variable: v, offered, chosen }: { variable: Variable; offered: Offered | undefined; chosen: string[] }) {
  const set = (values: string[]) => setParams({ [key(v.name)]: writeChosen(values) || null }, { replace: true });
  const shown = chosen.length === 0 ? (v.multiple ? 'all' : 'none') : chosen.length === 1 ? chosen[0] || '(empty)' : `${chosen.length} chosen`;
  return (
    <Popup
      class="button variable"
      label={`${v.title}: ${shown}`}
      panel="variable-panel"
      face={
        <>
          <span class="dim">{v.title}</span> <span class="variable-value">{shown}</span>
          <Icon name="down" size={11} />
        </>
      }
    >
      {(close) => <Values variable={v} offered={offered} chosen={chosen} set={set} close={close} />}
    </Popup>
  );
}

interface ValuesProps {
  variable: Variable;
  offered: Offered | undefined;
  chosen: string[];
  set: (values: string[]) => void;
  close: () => void;
}

function Values({ variable: v, offered, chosen, set, close }: ValuesProps) {
  const [needle, setNeedle] = useState('');
  const known = offered && !offered.error;
  const found = listed(chosen, offered?.values ?? []).filter((x) => x.value.toLowerCase().includes(needle.trim().toLowerCase()));
  const first = found.find((x) => x.there) ?? found[0];
  const pick = (value: string) => {
    if (!v.multiple) {
      set([value]);
      close();
    } else {
      set(chosen.includes(value) ? chosen.filter((x) => x !== value) : [...chosen, value]);
    }
  };
  return (
    <>
      <input class="input" autofocus placeholder={`Find a ${v.title.toLowerCase()}`} aria-label={`Find a ${v.title.toLowerCase()}`} value={needle} onInput={(e) => setNeedle(e.currentTarget.value)} onKeyDown={(e) => e.key === 'Enter' && first && pick(first.value)} />
      {offered?.error && <p class="variable-note bad">{offered.error}</p>}
      <ul class="variable-list">
        {v.multiple && !needle && (
          <li>
            <label class="menu-item">
              <input type="checkbox" checked={chosen.length === 0} onChange={() => set([])} /> <span class="menu-text">All</span>
            </label>
          </li>
        )}
        {found.map(({ value, there }) => (
          <li key={value}>
            <label class="menu-item">
              <input type={v.multiple ? 'checkbox' : 'radio'} name={v.name} checked={chosen.includes(value)} onChange={() => pick(value)} /> <span class="menu-text mono">{value || '(empty)'}</span>
              {known && !there && <span class="dim">{offered.cut ? 'not among these' : 'not in this choice'}</span>}
            </label>
          </li>
        ))}
      </ul>
      {offered && !offered.error && !found.length && <p class="variable-note dim">{offered.values.length ? 'None has that in its name.' : 'No series has it.'}</p>}
      {offered?.cut && <p class="variable-note dim">The first {MOST} are offered.</p>}
    </>
  );
}
