{#- How a segment stands today, the second half of the reason of segment_strategies: en or zh; needs `joined`. -#}
{%- macro segment_standing(language) -%}
    {%- set share = as_text(to_decimal('100e0 * joined.customer_share', 1)) -%}
    {%- set revenue_share = as_text(to_decimal('100e0 * joined.revenue_share', 1)) -%}
    {%- set money = var('base_currency') -%}
    {%- set revenue = grouped_number('joined.net_revenue') -%}
    {%- set worth = grouped_number('joined.expected_value') -%}
    {%- set earned = grouped_number('joined.expected_action_value', 2) -%}
    {%- if language == 'en' -%}
    case
        when joined.customers = 0 then '. Nobody is in it today.'
        when joined.is_small then concat('. ', {{ as_text('joined.customers') }}, ' customers: too few to show their figures.')
        else concat('. ', {{ as_text('joined.customers') }}, ' customers (', {{ share }}, ' %) brought ', {{ revenue }}, ' {{ money }}',
            case when joined.revenue_share is null then '' else concat(' (', {{ revenue_share }}, ' %)') end,
            case when joined.expected_value is null then '' else concat(', ', {{ worth }}, ' {{ money }} is to be expected in a year') end,
            case
                when coalesce(joined.contacted_customers, 0) = 0 then '; nobody is contacted today.'
                else concat('; ', {{ as_text('joined.contacted_customers') }}, ' are contacted today for ', {{ earned }},
                    ' {{ money }} net, mostly with: ', joined.action_label_en, '.')
            end)
    end
    {%- else -%}
    case
        when joined.customers = 0 then '。目前没有客户。'
        when joined.is_small then concat('。', {{ as_text('joined.customers') }}, '位客户：人数过少，不显示其数据。')
        else concat('。', {{ as_text('joined.customers') }}, '位客户（', {{ share }}, ' %）贡献收入', {{ revenue }}, ' {{ money }}',
            case when joined.revenue_share is null then '' else concat('（', {{ revenue_share }}, ' %）') end,
            case when joined.expected_value is null then '' else concat('，预计一年价值', {{ worth }}, ' {{ money }}') end,
            case
                when coalesce(joined.contacted_customers, 0) = 0 then '；今日无人触达。'
                else concat('；今日触达', {{ as_text('joined.contacted_customers') }}, '人，预计净收益', {{ earned }}, ' {{ money }}',
                    '，主要为：', joined.action_label_zh, '。')
            end)
    end
    {%- endif -%}
{%- endmacro -%}
