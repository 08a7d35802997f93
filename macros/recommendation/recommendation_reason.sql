{#-
  The reason of a recommendation in words, with its numbers, from the columns of customer_recommendations.
    language  en or zh
-#}
{% macro recommendation_reason(language) -%}
    {%- set share = "cast(cast(floor(100e0 * co_customers / nullif(item_customers, 0) + 0.5e0) as int) as string)" -%}
    {%- if language == 'zh' -%}
    case
        when answer = 'buy_again' then concat(
            '您在 ', cast(day_count as string), ' 天里购买过 ', item_label,
            case
                when model != 'own_rhythm' then ''
                when day_count = 1 then concat('，其买家约每 ', cast(interval_days as string), ' 天再次购买')
                else concat('，约每 ', cast(interval_days as string), ' 天一次')
            end,
            '；上次在 ', cast(last_age_days as string), ' 天前'
        )
        when model = 'item_item' then concat(
            case item_type when 'product' then '因为您买过 ' when 'content' then '因为您看过 ' else '因为您使用 ' end, because_label,
            '：其 ', cast(item_customers as string), ' 位客户中有 ', {{ share }}, '% 也选择了它'
        )
        else concat(
            case when item_count = 0 then case item_type
                when 'product' then '您还没有购买记录；' when 'content' then '您还没有浏览记录；' else '您还没有使用记录；'
            end else '' end,
            case audience_kind
                when 'category' then concat('您看过 ', audience, '，这是该品类的热门：')
                when 'region' then concat(audience, ' 客户中的热门：')
                when 'age_band' then concat(audience, ' 岁客户中的热门：')
                else '全体客户中的热门：'
            end,
            case when audience_people is not null then concat(cast(audience_people as string), ' 位客户中有 ') else '' end,
            cast(popular_customers as string), ' 位选择'
        )
    end
    {%- else -%}
    case
        when answer = 'buy_again' then concat(
            'You bought ', item_label, ' on ', cast(day_count as string), case when day_count = 1 then ' day' else ' days' end,
            case
                when model != 'own_rhythm' then ''
                when day_count = 1 then concat(', and its buyers come back for it about every ', cast(interval_days as string), ' days')
                else concat(', about every ', cast(interval_days as string), ' days')
            end,
            '; the last time ', cast(last_age_days as string), ' days ago'
        )
        when model = 'item_item' then concat(
            case item_type when 'product' then 'Because you bought ' when 'content' then 'Because you looked at ' else 'Because you use ' end,
            because_label, ': ', {{ share }}, ' % of its ', cast(item_customers as string), ' customers chose this too'
        )
        else concat(
            case when item_count = 0 then case item_type
                when 'product' then 'No purchases of yours are known yet. ' when 'content' then 'No reading of yours is known yet. '
                else 'No use of yours is known yet. '
            end else '' end,
            case audience_kind
                when 'category' then concat('You looked at ', audience, '; popular there: ')
                when 'region' then concat('Popular in ', audience, ': ')
                when 'age_band' then concat('Popular at age ', audience, ': ')
                else 'Popular with all customers: '
            end,
            'chosen by ', cast(popular_customers as string),
            case when audience_people is not null then concat(' of ', cast(audience_people as string)) else '' end, ' customers'
        )
    end
    {%- endif -%}
{%- endmacro %}
