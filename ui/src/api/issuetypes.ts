/** Shapes of answers about issues, and of what stands beside their events. */

/** `ignored` is what people call archived. */
export type IssueStatus = 'unresolved' | 'resolved' | 'ignored';
/** Of unresolved ones. */
export type IssueSubstatus = '' | 'new' | 'ongoing' | 'regressed' | 'escalating';

export interface UserName {
  id: number;
  email: string;
}

export interface Resolution {
  kind: 'now' | 'next_release' | 'release';
  /** The one it is fixed in; of `next_release` the one that was current. */
  release: string;
}

/** Until the first of these is reached; 0 and null are none. Counts are so many more. */
export interface Archive {
  for_ever: boolean;
  until_ns: string | null;
  events: number;
  users: number;
}

/** A status, an assignee, or both. */
export interface IssueEdit {
  status?: IssueStatus;
  resolution?: Resolution['kind'];
  release?: string;
  /** `now+7d`, RFC 3339 or unix seconds. */
  archive_until?: string;
  archive_events?: number;
  archive_users?: number;
  /** `me`, an e-mail, or null for nobody. */
  assignee?: string | null;
}

export interface Issue {
  id: number;
  short_id: string;
  title: string;
  type: string;
  value: string;
  culprit: string;
  level: string;
  platform: string;
  status: IssueStatus;
  substatus: IssueSubstatus;
  status_time_ns: string;
  /** Who resolved or archived it; empty: nobody did. */
  status_by: string;
  resolution: Resolution | null;
  archive: Archive | null;
  assignee: UserName | null;
  merged_into: number | null;
  first_seen_ns: string;
  last_seen_ns: string;
  count: number;
  users: number;
  users_estimated: boolean;
  environments?: { environment: string; count: number }[];
  project: string;
  first_release: string | null;
  last_release: string | null;
  releases?: { release: string; count: number }[];
  trend?: { start_ns: string; step_ns: string; counts: number[] };
  /** Of its stored events those that have their payload; null in lists. */
  stored?: { events: number; whole: number } | null;
}

export interface EventSummary {
  event_id: string;
  time_ns: string;
  title: string;
  release: string | null;
  environment: string | null;
  transaction: string | null;
  trace_id: string | null;
  user: string | null;
  /** It came in a flood and is stored without its payload. */
  thinned?: boolean;
}

export interface TagFacet {
  key: string;
  /** That have it. */
  events: number;
  /** Of those whose value is not listed. */
  other: number;
  values: { value: string; count: number }[];
}

export interface IssueTags {
  tags: TagFacet[];
  /** Events of the issue. */
  total: number;
  warnings: string[];
}

export interface OverTime {
  start_ns: string;
  step_ns: string;
  counts: number[];
  users: number[];
  users_estimated: boolean;
  warnings: string[];
}

export type ActivityKind = 'unresolved' | 'resolved' | 'regressed' | 'archived' | 'escalated' | 'assigned' | 'unassigned' | 'merged' | 'unmerged' | 'comment';

export interface IssueActivity {
  id: number;
  kind: ActivityKind;
  time_ns: string;
  by: string;
  by_kind: 'user' | 'token' | 'system';
  text: string;
  /** In which it regressed. */
  release: string;
  resolution: Resolution | null;
  archive: Archive | null;
  assignee: UserName | null;
  /** Which was merged or taken out again. */
  issue: number | null;
  edited_ns: string | null;
}

export interface MergedIssue {
  id: number;
  short_id: string;
  title: string;
  culprit: string;
  count: number;
  users: number;
  merged_into: number;
  first_seen_ns: string;
  last_seen_ns: string;
}

export interface Feedback {
  id: number;
  created_ns: string;
  /** Empty: of no event. */
  event_id: string;
  issue_id: number | null;
  name: string;
  email: string;
  message: string;
  url: string;
  source: string;
}

export interface Attachment {
  id: string;
  kind: 'attachment' | 'profile' | 'profile_chunk';
  event_id: string;
  name: string;
  content_type: string;
  attachment_type: string;
  bytes: number;
  created_ns: string;
}

/** A part of what a hash is made of. */
export interface GroupingComponent {
  id: string;
  name: string;
  /** Its values count where it and all above it contribute. */
  contributes: boolean;
  hint: string | null;
  value: string | null;
  children: GroupingComponent[];
}

export interface GroupingVariant {
  name: string;
  contributes: boolean;
  hint: string | null;
  hash: string | null;
  component: GroupingComponent;
}

export interface EventGrouping {
  event_id: string;
  issue_id: number;
  version: string;
  strategy: 'fingerprint' | 'exceptions' | 'chained_exceptions' | 'threads' | 'message' | 'fallback';
  hashes: string[];
  fingerprint: { source: 'client' | 'rule'; rule: string | null; values: string[] } | null;
  variants: GroupingVariant[];
  stored: { version: string; hashes: string[] };
  /** Whether the event would find its issue by the rules of today. */
  in_force: boolean;
}
