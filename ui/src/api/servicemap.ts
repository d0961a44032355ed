/** What calls what, as /api/app tells of it. */
export interface Counts {
  requests: number;
  errors: number;
  /** Per second of the time range. */
  rate: number;
  error_ratio: number;
  /** null: there were no requests. */
  p50_ms: number | null;
  p95_ms: number | null;
}

export interface MapNode extends Counts {
  name: string;
  kind: 'service' | 'database' | 'messaging' | 'external' | 'user';
}

export interface MapEdge extends Counts {
  client: string;
  server: string;
  connection_type: '' | 'database' | 'messaging_system' | 'virtual_node';
}

export interface ServiceMap {
  nodes: MapNode[];
  edges: MapEdge[];
  warnings: string[];
}
