"""IAM and STS: identities, policies, sessions; and the authorization of all services.

spec            both as one of the server's APIs
api             requests in the query protocol to `operations`; `members`: their
                input, `audit`: what is recorded, `errors`: their errors
authorization   what a caller may do; used by every service
store           the identities in storage (`model`), and this process's snapshot of them;
                `identity_changes`: which ones it has to read again
regional_store  the same for other regions; `directory` is their common protocol
administrators  the first identities of a store
managed_policies
                the policies that AWS provides to every account
access_key_last_used
                when keys were used, and for what
verifying       how `verify` checks identities
"""
