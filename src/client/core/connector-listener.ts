/** What the connector tells, and asks, the rest of the client. */
export interface ConnectorListener {
  /** There is a current stream, perhaps in place of another: everything unanswered is to be sent on it. */
  onConnected(): void;
  /** Every endpoint belongs to another cluster than the one that this client knows. */
  onClusterChanged(): void;
  /** Send an empty keep-alive: is anybody there? */
  onProbe(): void;
  /** Since when a request to open a session has been unanswered on the current stream: on another it would open a second one. */
  openingSinceMs(): number | undefined;
}
