{#- What models of incremental orders share: how long a contact may work, and whom it is compared with. -#}

{#- A contact works for so many days, and is tried against as many before it. -#}
{%- macro incremental_reach_days() -%}
    {{- return(14) -}}
{%- endmacro -%}

{#- A person is compared with themselves within blocks of so many days: their own base rate of those weeks. -#}
{%- macro incremental_block_days() -%}
    {{- return(84) -}}
{%- endmacro -%}

{#-
  The ways in which the stock of a contact may decay, by number: its half-life in days. The last one runs
  both ways; on the days before the contact it cannot have worked: what is found there is no effect.
-#}
{%- macro incremental_kernels() -%}
    {{- return([
        {'number': 1, 'half_life': 1, 'is_before': false},
        {'number': 2, 'half_life': 2, 'is_before': false},
        {'number': 3, 'half_life': 3, 'is_before': false},
        {'number': 4, 'half_life': 5, 'is_before': false},
        {'number': 5, 'half_life': 8, 'is_before': false},
        {'number': 6, 'half_life': 3, 'is_before': true},
    ]) -}}
{%- endmacro -%}

{#- The parts of the people that a bootstrap draws. -#}
{%- macro incremental_units() -%}
    {{- return(64) -}}
{%- endmacro -%}

{#- What a verdict of incremental_attribution means, in one sentence. -#}
{%- macro incremental_reason(verdict, language='en') -%}
    {%- set sentences = {
        'adds_orders': (
            'The people reached ordered more after the contacts than in their other days of the same weeks; the 95 % interval lies above zero.',
            '触达后的下单多于同一人同期的其他日子；95% 区间高于零。'),
        'takes_orders': (
            'The people reached ordered less after the contacts than in their other days of the same weeks; the 95 % interval lies below zero.',
            '触达后的下单少于同一人同期的其他日子；95% 区间低于零。'),
        'not_shown': (
            'The 95 % interval contains zero: the data show no effect, and exclude none inside the interval.',
            '95% 区间包含零：数据未显示效果，也不能排除区间内的效果。'),
        'too_few_contacts': (
            'Too few contacts of known people to tell (var incremental_contacts_at_least).',
            '已知人群的触达过少，无法判断（变量 incremental_contacts_at_least）。'),
        'person_sets_moment': (
            'The person sets the moment: who is about to order comes, clicks and searches. Only an experiment can tell.',
            '时间由顾客自己决定：将要下单的人才会来访、点击和搜索。只有实验才能判断。'),
        'orders_before': (
            'Orders already stood out in the days before the contacts, where no contact can be the cause: their timing goes with the orders. Only an experiment can tell.',
            '触达之前的几天里下单已经异常，而这不可能由触达引起：触达时间与下单相关。只有实验才能判断。'),
        'inseparable': (
            'The channel reaches the same people on the same days as others: the data cannot tell them apart.',
            '该渠道与其他渠道在同一天触达同一批人：数据无法区分。'),
        'remainder': (
            'All orders less those that marketing added as far as it can be told.',
            '全部订单减去可判断的营销增量订单。'),
    } -%}
    case {{ verdict }}
        {%- for name, (english, chinese) in sentences.items() %}
        when '{{ name }}' then '{{ chinese if language == 'zh' else english }}'
        {%- endfor %}
    end
{%- endmacro -%}
