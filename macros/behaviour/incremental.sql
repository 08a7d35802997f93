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

{#- How strongly a lot has to move the contacts of a channel (F of the first stage) before it may tell of them. -#}
{%- macro incremental_first_stage() -%}
    10e0
{%- endmacro -%}

{#- So many standard errors between model and lot are a contradiction: chance in one of a hundred. -#}
{%- macro incremental_contradiction_z() -%}
    2.5758293035489e0
{%- endmacro -%}

{#- What a verdict of incremental_attribution means, in one sentence, by what it rests on. -#}
{%- macro incremental_reason(verdict, evidence, language='en') -%}
    {%- set grounds = {
        'model': ('The people reached ordered {} after the contacts than in their other days of the same weeks', '触达后的下单{}于同一人同期的其他日子'),
        'model_and_holdout': (
            'The people reached ordered {} after the contacts, against their other days of the same weeks and people held out by lot weighed together',
            '触达后的下单{}于同一人同期的其他日子及随机对照组（两者加权）'),
        'sum': ('People ordered {} than they would have without the channels that can be told', '可判断的各渠道合计带来的订单{}于没有它们时'),
        'holdout': ('The people of actions ordered {} than those held out by lot', '被行动触达者的下单{}于随机对照组'),
    } -%}
    {%- set sentences = {
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
    case
        {%- for name, (english, chinese) in grounds.items() %}
        {%- for sign, more, more_zh, side, side_zh in [('adds', 'more', '多', 'above', '高'), ('takes', 'less', '少', 'below', '低')] %}
        when {{ verdict }} = '{{ sign }}_orders' and coalesce({{ evidence }}, 'sum') = '{{ name }}' then
            {%- if language == 'zh' %} '{{ chinese.format(more_zh) }}；95% 区间{{ side_zh }}于零。'
            {%- else %} '{{ english.format(more) }}; the 95 % interval lies {{ side }} zero.'
            {%- endif %}
        {%- endfor %}
        {%- endfor %}
        {%- for name, (english, chinese) in sentences.items() %}
        when {{ verdict }} = '{{ name }}' then '{{ chinese if language == 'zh' else english }}'
        {%- endfor %}
    end
{%- endmacro -%}

{#- What holdouts of actions say of a channel, in one sentence. -#}
{%- macro holdout_reason(finding, language='en') -%}
    {%- set sentences = {
        'agrees': (
            'Holdouts of actions and the model do not contradict each other: both are weighed by how exact they are, the model less as far as they differ.',
            '行动的对照组与模型不矛盾：两者按精度加权，差异越大，模型的权重越低。'),
        'contradicts': (
            'Holdouts of actions contradict the model beyond chance (one in a hundred): the figure is that of the holdouts alone.',
            '行动的对照组与模型的差异超出偶然（百分之一）：只采用对照组的结果。'),
        'holdout_only': (
            'The model cannot tell, holdouts of actions can: the figure is theirs.',
            '模型无法判断，行动的对照组可以：采用对照组的结果。'),
        'too_weak': (
            'Holdouts of actions do not contradict the model, but are too small to mend it: they would count less than a fifth.',
            '行动的对照组与模型不矛盾，但规模太小，不足以修正模型（权重不到五分之一）。'),
        'no_holdout': (
            'No action of this channel held anybody out.',
            '该渠道没有设对照组的行动。'),
        'too_few': (
            'An action of this channel held people out, but too few people or orders are in, or their window is not over.',
            '该渠道有设对照组的行动，但人数或订单过少，或观察期未结束。'),
        'doubtful': (
            'The groups of the action are no random split of one planned size: they are not used.',
            '该行动的分组并非按同一计划随机划分：不采用。'),
        'no_contacts': (
            'Being held out does not change the contacts of this channel: messages of the action do not stand among its touches, or reached the holdout as well.',
            '是否留出并未改变该渠道的触达：行动的消息未记录在触点中，或对照组同样被触达。'),
        'other_channels': (
            'The action reaches people by several channels: its holdout tells of them together, not of one.',
            '该行动通过多个渠道触达：对照组只能说明它们的共同效果。'),
        'interference': (
            'The groups met other actions unequally often: the difference is not that of this channel alone.',
            '两组遇到其他行动的比例不同：差异并非仅来自该渠道。'),
    } -%}
    case {{ finding }}
        {%- for name, (english, chinese) in sentences.items() %}
        when '{{ name }}' then '{{ chinese if language == 'zh' else english }}'
        {%- endfor %}
    end
{%- endmacro -%}
