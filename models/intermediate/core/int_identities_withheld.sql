{#-
  One row per account, guest or device of a person without consent to analytics: keys that marts of
  behaviour do not show. A device counts where a time of it was the person's, or where the identifiers
  of marts lead from it to the person.
-#}
with

consent as (

    select * from {{ ref('int_consent_current') }}
    where not has_analytics_consent

),

accounts as (

    select * from {{ ref('int_customer_accounts') }}

),

device_owners as (

    select * from {{ ref('int_device_owners') }}

),

identifiers as (

    select * from {{ ref('customer_identifiers') }}
    where identifier_type = 'device_id'

),

withheld_accounts as (

    select accounts.account_key
    from accounts
    semi join consent on accounts.customer_id = consent.customer_id

),

keys as (

    select account_key as identity_key
    from withheld_accounts

    union all

    select device_owners.device_key as identity_key
    from device_owners
    semi join withheld_accounts on device_owners.account_key = withheld_accounts.account_key

    union all

    select identifiers.identifier_key as identity_key
    from identifiers
    semi join consent on identifiers.customer_id = consent.customer_id

),

final as (

    select identity_key
    from keys
    group by identity_key

)

select * from final
