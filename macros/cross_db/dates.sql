{#-
  Dates and times. A timestamp is UTC without zone; the sessions of both engines run in UTC.
  Dates may be given as timestamps and the other way round.
-#}

{#-
  Whole numbers lo..hi as a table, for the from clause; empty if hi < lo.
    from {{ number_series(1, 12, 'month_number') }} as months
  The bounds are literals or scalar subqueries; for bounds from columns see number_array.
-#}
{%- macro number_series(lo, hi, col='n') -%}
    (select {{ 'explode' if on_spark() else 'unnest' }}({{ number_array(lo, hi) }}) as {{ col }})
{%- endmacro -%}

{#- Whole numbers lo..hi (bigint) as an array, empty or null if hi < lo: use with explode_array. -#}
{%- macro number_array(lo, hi) -%}
    {%- set low = 'cast(' ~ lo ~ ' as bigint)' -%}
    {%- set high = 'cast(' ~ hi ~ ' as bigint)' -%}
    {%- if on_spark() -%}
        case when {{ low }} <= {{ high }} then sequence({{ low }}, {{ high }}) end
    {%- else -%}
        generate_series({{ low }}, {{ high }})
    {%- endif -%}
{%- endmacro -%}

{#- Days lo..hi as a table, for the from clause; empty if hi < lo. Bounds as in number_series. -#}
{%- macro dates_between(lo, hi, col='date_day') -%}
    (select {{ 'explode' if on_spark() else 'unnest' }}({{ date_array(lo, hi) }}) as {{ col }})
{%- endmacro -%}

{#- Days lo..hi as an array of dates, empty or null if hi < lo: use with explode_array. -#}
{%- macro date_array(lo, hi) -%}
    {%- set low = 'cast(' ~ lo ~ ' as date)' -%}
    {%- set high = 'cast(' ~ hi ~ ' as date)' -%}
    {%- if on_spark() -%}
        case when {{ low }} <= {{ high }} then sequence({{ low }}, {{ high }}, interval 1 day) end
    {%- else -%}
        cast(generate_series({{ low }}, {{ high }}, interval 1 day) as date[])
    {%- endif -%}
{%- endmacro -%}

{#- Midnights between a and b (bigint): 1 from 23:59 to 00:01 of the next day, negative if b < a. -#}
{%- macro days_between(a, b) -%}
    {%- if on_spark() -%}
        cast(datediff(cast({{ b }} as date), cast({{ a }} as date)) as bigint)
    {%- else -%}
        date_diff('day', cast({{ a }} as date), cast({{ b }} as date))
    {%- endif -%}
{%- endmacro -%}

{#- Month ends between a and b (bigint): 1 from 31 January to 1 February. -#}
{%- macro months_between_dates(a, b) -%}
    cast(
        (year(cast({{ b }} as date)) - year(cast({{ a }} as date))) * 12
        + month(cast({{ b }} as date)) - month(cast({{ a }} as date)) as bigint
    )
{%- endmacro -%}

{#- Seconds from a to b as a double, with microseconds, negative if b < a. -#}
{%- macro seconds_between(a, b) -%}
    (cast({{ epoch_micros(b) }} - {{ epoch_micros(a) }} as double) / 1e6)
{%- endmacro -%}

{#- The date n days later; n is a whole number. -#}
{%- macro add_days(d, n) -%}
    (cast({{ d }} as date) + cast({{ n }} as int))
{%- endmacro -%}

{#- The date n months later, at most the last day of that month: 31 January + 1 = 28 February. -#}
{%- macro add_months_to(d, n) -%}
    {%- if on_spark() -%}
        add_months(cast({{ d }} as date), cast({{ n }} as int))
    {%- else -%}
        cast(cast({{ d }} as date) + to_months(cast({{ n }} as int)) as date)
    {%- endif -%}
{%- endmacro -%}

{#- Monday 1 … Sunday 7 (int). -#}
{%- macro iso_day_of_week(d) -%}
    {%- if on_spark() -%}
        (weekday(cast({{ d }} as date)) + 1)
    {%- else -%}
        cast(isodow(cast({{ d }} as date)) as int)
    {%- endif -%}
{%- endmacro -%}

{#-
  First day of the year, quarter, month or week (Monday) as a date.
    part  plain text: year, quarter, month, week, day
-#}
{%- macro date_trunc_to(part, d) -%}
    cast(date_trunc('{{ plain_text(part, 'the part') }}', cast({{ d }} as date)) as date)
{%- endmacro -%}

{#- The month as text: 2024-03. -#}
{%- macro year_month(d) -%}
    substr(cast(cast({{ d }} as date) as string), 1, 7)
{%- endmacro -%}

{#- Whole seconds since 1970, rounded down (bigint). -#}
{%- macro epoch_seconds(ts) -%}
    {%- if on_spark() -%}
        unix_seconds(cast({{ ts }} as timestamp))
    {%- else -%}
        cast(floor(epoch_us(cast({{ ts }} as timestamp)) / 1e6) as bigint)
    {%- endif -%}
{%- endmacro -%}

{#- Microseconds since 1970 (bigint). -#}
{%- macro epoch_micros(ts) -%}
    {{ 'unix_micros' if on_spark() else 'epoch_us' }}(cast({{ ts }} as timestamp))
{%- endmacro -%}

{#- The timestamp of a number of microseconds since 1970 (bigint); null outside the years 1 to 9999. -#}
{%- macro timestamp_of_micros(micros) -%}
    {{ 'timestamp_micros' if on_spark() else 'make_timestamp' }}(
        case when {{ micros }} between -62135596800000000 and 253402300799999999 then {{ micros }} end
    )
{%- endmacro -%}

{#-
  UTC of a local time in a named zone. A time that happens twice (the clocks go back) is taken as
  the later one; a time that never happens (they go forward) moves on by the gap.
    zone  plain text such as Asia/Shanghai; UTC costs nothing
-#}
{%- macro to_utc(ts, zone) -%}
    {%- set zone = plain_text(zone, 'the zone') -%}
    {%- if zone == 'UTC' -%}
        cast({{ ts }} as timestamp)
    {%- elif on_spark() -%}
        {#- Spark takes the earlier of two: one hour later wins if it reads the same locally -#}
        {%- set first = 'to_utc_timestamp(cast(' ~ ts ~ " as timestamp), " ~ text_literal(zone) ~ ')' -%}
        case
            when from_utc_timestamp({{ first }} + interval 1 hour, {{ text_literal(zone) }})
                = cast({{ ts }} as timestamp)
                then {{ first }} + interval 1 hour
            else {{ first }}
        end
    {%- else -%}
        timezone('UTC', timezone({{ text_literal(zone) }}, cast({{ ts }} as timestamp)))
    {%- endif -%}
{%- endmacro -%}

{#- Local time in a named zone of a UTC time. -#}
{%- macro from_utc(ts, zone) -%}
    {%- set zone = plain_text(zone, 'the zone') -%}
    {%- if zone == 'UTC' -%}
        cast({{ ts }} as timestamp)
    {%- elif on_spark() -%}
        from_utc_timestamp(cast({{ ts }} as timestamp), {{ text_literal(zone) }})
    {%- else -%}
        timezone({{ text_literal(zone) }}, timezone('UTC', cast({{ ts }} as timestamp)))
    {%- endif -%}
{%- endmacro -%}

{#- The pieces of an ISO 8601 text as regular expressions; the years are 0001 to 9999. -#}
{%- macro iso_8601_patterns() -%}
    {%- set year = '([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])' -%}
    {{- return({
        'date': year ~ '-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])',
        'clock': '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]{1,9})?)?',
        'midnight': '00:00(:00([.,]0{1,9})?)?',
        'offset': '(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)',
    }) -}}
{%- endmacro -%}

{#-
  ISO 8601 text as a naive UTC timestamp: 2024-01-31, 2024-01-31 10:00, 2024-01-31T10:00:00.25Z,
  2024-01-31 10:00:00+0800. Null for any other form and for impossible days or times, the same on
  both engines. Fractions are cut to microseconds.
    zone  plain text; a text without offset is read in this zone
-#}
{%- macro parse_timestamp_utc(text, zone='UTC') -%}
    {%- set iso = iso_8601_patterns() -%}
    {%- set whole = '^' ~ iso.date ~ '([T ]' ~ iso.clock ~ '( ?' ~ iso.offset ~ ')?)?$' -%}
    {%- set ends_in_offset = ':.* ?' ~ iso.offset ~ '$' -%}
    {%- if on_spark() -%}
        {%- set local_time = "try_cast(replace(regexp_extract(" ~ text
            ~ ", '^[^ T]+([T ][0-9:.,]+)?', 0), ',', '.') as timestamp)" -%}
        {%- set offset = "replace(regexp_extract(" ~ text ~ ", '[+-][0-9:]+$', 0), ':', '')" -%}
        {%- set hours = 'cast(substr(' ~ offset ~ ', 1, 3) as int)' -%}
        {%- set minutes = "cast(concat(substr(" ~ offset ~ ", 1, 1), rpad(substr("
            ~ offset ~ ", 4, 2), 2, '0')) as int)" -%}
        case
            when not {{ matches_regex(text, whole) }} then null
            when right({{ text }}, 1) = 'Z' then {{ local_time }}
            when {{ matches_regex(text, ends_in_offset) }}
                then timestampadd(minute, -(60 * {{ hours }} + {{ minutes }}), {{ local_time }})
            else {{ to_utc(local_time, zone) }}
        end
    {%- else -%}
        {%- set dotted = 'replace(' ~ text ~ ", ',', '.')" -%}
        case
            when not {{ matches_regex(text, whole) }} then null
            when {{ matches_regex(text, ends_in_offset) }}
                then timezone('UTC', try_cast(
                    {{ replace_regex(dotted, ' ([Z+-])', '$1') }} as timestamptz
                ))
            else {{ to_utc('try_cast(' ~ dotted ~ ' as timestamp)', zone) }}
        end
    {%- endif -%}
{%- endmacro -%}

{#-
  ISO text as a date: YYYY-MM-DD, or a timestamp at midnight, whose offset is not applied.
  Null for anything else, also for a time of day: that is a timestamp and needs a zone.
-#}
{%- macro parse_date(text) -%}
    {%- set iso = iso_8601_patterns() -%}
    {%- set whole = '^' ~ iso.date ~ '([T ]' ~ iso.midnight ~ '( ?' ~ iso.offset ~ ')?)?$' -%}
    case
        when {{ matches_regex(text, whole) }} then try_cast(substr({{ text }}, 1, 10) as date)
    end
{%- endmacro -%}
