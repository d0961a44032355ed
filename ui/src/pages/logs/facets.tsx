/** The fields of the records found, with the values they have and how often; a click narrows the question. */
import { useState } from 'preact/hooks';
import { getFacets, getFields, type Window } from '../../api/endpoints';
import type { Datasets, Facet, FieldInfo } from '../../api/types';
import { Icon } from '../../components/icon';
import { Async, ErrorBox, Loading, Warnings } from '../../components/states';
import { useData } from '../../lib/data';
import { count, integer } from '../../lib/format';
import { chosenKeys, chosenValues, keyOf, keyText, splitPipes, withoutKey } from '../../lib/query';
import { severity, SEVERITY_VAR } from '../../lib/color';
import { FieldMenu, type FieldActions } from './fieldmenu';

const FEW = 6;
/** Of a field that is opened to be looked at. */
const SOME = 20;
const MANY = 100;
/** Say in numbers what another field says in words. */
const DULL = new Set(['severity_number', 'trace_flags']);
/** Open at first; the rest opens by a click. */
const OPEN = 4;

interface Props {
  dataset: Datasets;
  q: string;
  window: Window;
  /** Changes when the counts are to be asked for again. */
  pulse: number;
  actions: FieldActions;
  onValue: (key: string, value: string, exclude: boolean) => void;
}

export function Facets(props: Props) {
  const { dataset, q, window, pulse } = props;
  // Pipes do not change which records there are.
  const { head } = splitPipes(q);
  const facets = useData((s) => getFacets(dataset, head, [], FEW, window, s), [dataset, head, window, pulse]);
  const fields = useData((s) => getFields(dataset, window, s), [dataset, window]);
  const [needle, setNeedle] = useState('');
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const toggle = (name: string, open: boolean) => setToggled(new Map([...toggled, [name, open]]));
  const known = new Set(facets.data?.facets.map((f) => keyText(f.name)));
  // A field that is asked for is there to be changed, also where nothing is found.
  const asked = chosenKeys(q)
    .filter((k) => facets.data && !known.has(k))
    .map((name): Facet => ({ field: name, name, rows: 0, values: [], other: 0 }));
  const fits = (name: string) => name.toLowerCase().includes(needle.trim().toLowerCase());
  return (
    <nav class="facets" aria-label="Fields">
      <input class="input facets-find" placeholder="Find a field" aria-label="Find a field" value={needle} onInput={(e) => setNeedle(e.currentTarget.value)} />
      {facets.error && !isAboutQuery(facets.error.position) && <ErrorBox error={facets.error} retry={facets.reload} />}
      {!facets.data && !facets.error && <Loading lines={8} />}
      {facets.data && (
        <div class={facets.loading ? 'stale' : undefined}>
          <Warnings items={facets.data.warnings} />
          {[...facets.data.facets, ...asked]
            .filter((f) => fits(f.name) && !DULL.has(f.name))
            .map((f, i) => (
              <FacetBox key={f.name} facet={f} open={toggled.get(f.name) ?? i < OPEN} onToggle={toggle} props={props} />
            ))}
        </div>
      )}
      {fields.data && <Others fields={others(fields.data.fields, new Set([...known, ...asked.map((f) => f.name)]), fits)} toggled={toggled} onToggle={toggle} props={props} />}
    </nav>
  );
}

const isAboutQuery = (position: number | undefined) => position !== undefined;

/** Fields that are no facets of their own: sentences, ids, measures, what few records have. */
function others(fields: FieldInfo[], known: Set<string>, fits: (name: string) => boolean): FieldInfo[] {
  return fields.filter((f) => !known.has(keyOf(f.name)) && !known.has(f.name) && fits(f.name)).sort((a, b) => b.rows - a.rows || (a.name < b.name ? -1 : 1));
}

interface BoxProps {
  facet: Facet;
  open: boolean;
  onToggle: (name: string, open: boolean) => void;
  props: Props;
}

function FacetBox({ facet, open, onToggle, props }: BoxProps) {
  const [all, setAll] = useState(false);
  const key = keyText(facet.name);
  const chosen = chosenValues(props.q, key).only.length > 0;
  return (
    <section class="facet">
      <FieldHead name={facet.name} field={facet.field} numeric={false} open={open} rows={facet.rows} onToggle={onToggle} actions={props.actions} />
      {open && (all || chosen ? <AllValues name={key} few={FEW} all={all} onAll={setAll} props={props} /> : <Values facet={facet} name={key} few={FEW} all={false} onAll={setAll} props={props} />)}
    </section>
  );
}

interface HeadProps {
  name: string;
  field: string;
  numeric: boolean;
  open: boolean;
  rows: number;
  onToggle: (name: string, open: boolean) => void;
  actions: FieldActions;
}

function FieldHead({ name, field, numeric, open, rows, onToggle, actions }: HeadProps) {
  return (
    <div class="facet-head">
      <button class="field-name" aria-expanded={open} title={`${field}: ${integer(rows)} records have it`} onClick={() => onToggle(name, !open)}>
        <Icon name={open ? 'down' : 'right'} size={11} />
        <span>{name}</span>
      </button>
      <FieldMenu field={field} name={keyText(name)} numeric={numeric} actions={actions} />
    </div>
  );
}

interface ValuesProps {
  /** As written in a question. */
  name: string;
  /** So many at first. */
  few: number;
  all: boolean;
  onAll: (all: boolean) => void;
  props: Props;
}

/** Values counted under the question without what it asks of this field: what else could be chosen. */
function AllValues(of: ValuesProps) {
  const { name, few, all, props } = of;
  const q = withoutKey(splitPipes(props.q).head, name);
  const limit = all ? MANY : few;
  const data = useData((s) => getFacets(props.dataset, q, [name], limit, props.window, s), [props.dataset, q, name, limit, props.window, props.pulse]);
  return (
    <Async of={data} query={q} loading={<Loading lines={3} />}>
      {(d) => {
        const facet = d.facets[0] ?? { field: name, name, rows: 0, values: [], other: 0 };
        const { only, without } = chosenValues(props.q, name);
        if (!facet.values.length && !only.length && !without.length) return <p class="dim facet-none">No value to count under this query.</p>;
        return <Values {...of} facet={facet} />;
      }}
    </Async>
  );
}

function Values({ facet, name, few, all, onAll, props }: ValuesProps & { facet: Facet }) {
  const chosen = chosenValues(props.q, name);
  // After "Fewer" the many are still here until the few have come.
  const shown = all ? facet.values : facet.values.slice(0, few);
  const other = facet.values.slice(shown.length).reduce((sum, v) => sum + v.count, facet.other);
  const most = Math.max(1, ...shown.map((v) => v.count));
  // What is left out has no count, but must be there to be taken in again.
  const missing = [...chosen.only, ...chosen.without].filter((v) => !shown.some((f) => f.value === v));
  const values = [...shown, ...missing.map((value) => ({ value, count: 0 }))];
  return (
    <>
      <ul class="facet-values">
        {values.map((v) => {
          const only = chosen.only.includes(v.value);
          const without = chosen.without.includes(v.value);
          return (
            <li key={v.value} class={without ? 'without' : only ? 'only' : undefined}>
              <button
                class="value"
                aria-pressed={only}
                title={`${v.value}: ${integer(v.count)} records\nClick: only these, and others chosen so. Shift+click: without these.`}
                onClick={(e) => props.onValue(name, v.value, e.shiftKey)}
              >
                <i class="value-bar" style={{ width: `${(v.count / most) * 100}%`, ...(name === 'level' ? { background: `color-mix(in srgb, var(${SEVERITY_VAR[severity(v.value)]}) 28%, transparent)` } : {}) }} />
                <span class="value-text">{v.value || '(empty)'}</span>
                <span class="value-count">{count(v.count)}</span>
              </button>
              <button class="icon-button value-out" aria-label={`Without ${name} = ${v.value}`} aria-pressed={without} title={without ? 'Take in again' : 'Without this value'} onClick={() => props.onValue(name, v.value, true)}>
                <Icon name={without ? 'plus' : 'minus'} size={12} />
              </button>
            </li>
          );
        })}
      </ul>
      <More other={other} shown={shown.length} few={few} all={all} onAll={onAll} />
    </>
  );
}

/** The records behind values that are not shown, and the way to these. */
function More({ other, shown, few, all, onAll }: { other: number; shown: number; few: number; all: boolean; onAll: (all: boolean) => void }) {
  if (all && shown > few) {
    return (
      <p class="facet-more dim">
        {other > 0 && `${count(other)} records have others. `}
        <button class="link-button" onClick={() => onAll(false)}>
          Fewer
        </button>
      </p>
    );
  }
  if (all || other === 0) return null;
  return (
    <button class="link-button facet-more" onClick={() => onAll(true)}>
      More ({count(other)} records)
    </button>
  );
}

function Others({ fields, toggled, onToggle, props }: { fields: FieldInfo[]; toggled: ReadonlyMap<string, boolean>; onToggle: BoxProps['onToggle']; props: Props }) {
  if (!fields.length) return null;
  return (
    <div class="facets-others">
      <h2>More fields</h2>
      {fields.slice(0, 200).map((f) => (
        <OtherBox key={f.name} field={f} open={toggled.get(f.name) ?? false} onToggle={onToggle} props={props} />
      ))}
      {fields.length > 200 && <p class="dim facet-none">{integer(fields.length - 200)} more: find one by its name.</p>}
    </div>
  );
}

function OtherBox({ field: f, open, onToggle, props }: { field: FieldInfo; open: boolean; onToggle: BoxProps['onToggle']; props: Props }) {
  const [all, setAll] = useState(false);
  return (
    <section class="facet">
      <FieldHead name={f.name} field={f.name} numeric={f.type === 'int64' || f.type === 'float64'} open={open} rows={f.rows} onToggle={onToggle} actions={props.actions} />
      {open && <AllValues name={keyOf(f.name)} few={SOME} all={all} onAll={setAll} props={props} />}
    </section>
  );
}
