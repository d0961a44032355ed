import type { MapNode } from '../../api/servicemap';

export const KINDS: Record<MapNode['kind'], string> = { service: 'Service', database: 'Database', messaging: 'Queue', external: 'Outside', user: 'Users' };

/** From this share of failed requests on it is drawn as failing. */
export const FAILING = 0.05;
