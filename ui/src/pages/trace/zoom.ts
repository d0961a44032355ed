/** The part of the trace in sight: milliseconds after its start. */
export interface Zoom {
  from: number;
  to: number;
}
