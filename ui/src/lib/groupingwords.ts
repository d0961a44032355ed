/** Grouping in words. docs/grouping.md */
import type { EventGrouping, GroupingComponent } from '../api/types';

const STRATEGY: Record<EventGrouping['strategy'], string> = {
  fingerprint: 'Events with this fingerprint are one issue.',
  exceptions: 'Events with this exception, raised by this path through the code, are one issue.',
  chained_exceptions: 'Events with this chain of exceptions, raised by these paths through the code, are one issue.',
  threads: 'Events whose thread was at this place in the code are one issue.',
  message: 'Events with this message are one issue; what differs from event to event is left out.',
  fallback: 'The event says nothing to group it by: all such events are one issue.',
};

export const strategyWords = (s: EventGrouping['strategy']): string => STRATEGY[s] ?? `Grouped by ${s}.`;

/** What the parts are called. */
export const MEANS: Record<string, string> = {
  exceptions: 'exceptions',
  chained_exceptions: 'exceptions',
  exception: 'exception',
  stacktrace: 'stack trace',
  threads: 'thread',
  frame: 'frame',
  module: 'module',
  filename: 'file',
  function: 'function',
  context_line: 'source line',
  type: 'type',
  value: 'value',
  message: 'message',
  fingerprint: 'fingerprint',
  fallback: 'nothing',
};

export const isLeaf = (c: GroupingComponent): boolean => c.children.length === 0;
