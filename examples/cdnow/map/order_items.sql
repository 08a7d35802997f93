-- One line per purchase: so many CDs.
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
    1 as line_number,
    'cd' as product_id,
    cast(fields[3] as int) as quantity,
    cast(fields[4] as decimal(18, 2)) as net_amount
from lines
