// Errors of the service as it sends them: the type's last word, its text, and reasons if there are.

export class ServiceError extends Error {
  constructor(type, message, status, operation, reasons = []) {
    super(message || type);
    this.name = "ServiceError";
    this.type = type;
    this.status = status;
    this.operation = operation;
    this.reasons = reasons;
  }
}

/** The error that a body in JSON says. */
export function fromJson(status, body, operation) {
  const type = String(body.__type ?? body.Type ?? body.code ?? `HTTP ${status}`);
  return new ServiceError(
    type.slice(type.lastIndexOf("#") + 1).split(":")[0],
    body.message ?? body.Message ?? "",
    status,
    operation,
    body.CancellationReasons ?? [],
  );
}

const ADVICE = new Set([
  "AccessDeniedException", "AccessDenied", "ConditionalCheckFailedException",
  "InvalidSignatureException", "ProvisionedThroughputExceededException",
  "ResourceInUseException", "ResourceNotFoundException", "ThrottlingException",
  "TransactionCanceledException", "UnrecognizedClientException", "ValidationException",
  "MissingAuthenticationTokenException", "ExpiredTokenException", "Unreachable",
  "LimitExceededException", "IncompleteSignatureException", "InvalidClientTokenId",
]);

/** The key of the text that says what to do about an error; null where nothing general helps. */
export const adviceKey = (error) => (ADVICE.has(error.type) ? `advice.${error.type}` : null);
