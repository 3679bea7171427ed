"""AWS's own error codes, by what they mean to us."""

from __future__ import annotations

# DynamoDB's, for a write to an item that somebody's transaction is writing. boto3 does not repeat
# it by itself.
CONFLICT = "TransactionConflictException"

# A conditional write whose condition was false.
CONDITION = "ConditionalCheckFailedException"

BUSY = {
    CONFLICT,
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
}
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
WRONG_KEYS = {
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "NotAuthorized"}

# Cognito's no to what a player has sent: part of its work, and nothing for an operator.
NOES = {
    "AliasExistsException",
    "CodeMismatchException",
    "ExpiredCodeException",
    "InvalidParameterException",
    "InvalidPasswordException",
    "NotAuthorizedException",
    "PasswordResetRequiredException",
    "UserNotConfirmedException",
    "UserNotFoundException",
    "UsernameExistsException",
}
