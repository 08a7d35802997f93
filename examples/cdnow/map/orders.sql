-- One row per purchase: customer, day, number of CDs, dollars, in columns of fixed width.
with

lines as (

    select string_split(trim(regexp_replace(line, ' +', ' ', 'g')), ' ') as fields
    from read_csv(
        '{data}/CDNOW_master.txt', columns = {'line': 'varchar'}, header = false, skip = 1,
        delim = '|', quote = '', escape = ''
    )

)

select
    row_number() over (order by fields[1], fields[2], fields[4], fields[3]) as order_id,
    'cdnow' as source_system,
    strptime(fields[2], '%Y%m%d') as ordered_at,
    'web' as channel,
    'completed' as status,
    fields[1] as account_id,
    cast(fields[4] as decimal(18, 2)) as net_amount
from lines
