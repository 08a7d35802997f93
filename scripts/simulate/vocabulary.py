"""Invented words: names, cities, products, texts. Nothing here is a real person or brand."""

from __future__ import annotations

SYSTEMS = ["web_shop", "app", "mini_program", "pos", "crm", "marketplace"]
CHANNELS = ["web", "app", "mini_program", "store", "phone", "marketplace"]  # same order as SYSTEMS
PLATFORMS = ["web", "ios", "android", "mini_program", "social", "kiosk"]

# region, city, currency; the Zipf order is the order of the list
CITIES = [
    ("East", "Shanghai", "CNY"), ("South", "Guangzhou", "CNY"), ("North", "Beijing", "CNY"),
    ("South", "Shenzhen", "CNY"), ("West", "Chengdu", "CNY"), ("East", "Hangzhou", "CNY"),
    ("Central", "Wuhan", "CNY"), ("East", "Nanjing", "CNY"), ("West", "Chongqing", "CNY"),
    ("North", "Tianjin", "CNY"), ("Central", "Changsha", "CNY"), ("West", "Xi'an", "CNY"),
    ("East", "Suzhou", "CNY"), ("North", "Qingdao", "CNY"), ("Central", "Zhengzhou", "CNY"),
    ("South", "Xiamen", "CNY"),
]  # fmt: skip
ABROAD = [
    ("Hong Kong", "Hong Kong", "HKD", "HK"),
    ("North America", "Vancouver", "USD", "CA"),
    ("Europe", "Rotterdam", "EUR", "NL"),
]

FAMILY_NAMES = [
    ("李", "li"), ("王", "wang"), ("张", "zhang"), ("刘", "liu"), ("陈", "chen"), ("杨", "yang"),
    ("赵", "zhao"), ("黄", "huang"), ("周", "zhou"), ("吴", "wu"), ("徐", "xu"), ("孙", "sun"),
    ("胡", "hu"), ("朱", "zhu"), ("高", "gao"), ("林", "lin"), ("何", "he"), ("郭", "guo"),
    ("马", "ma"), ("罗", "luo"), ("梁", "liang"), ("宋", "song"), ("郑", "zheng"), ("谢", "xie"),
]  # fmt: skip
GIVEN_NAMES = [
    ("云舒", "yunshu"), ("一禾", "yihe"), ("知夏", "zhixia"), ("星野", "xingye"), ("若溪", "ruoxi"),
    ("南乔", "nanqiao"), ("青禾", "qinghe"), ("子墨", "zimo"), ("安然", "anran"), ("景行", "jingxing"),
    ("听雨", "tingyu"), ("望舒", "wangshu"), ("明远", "mingyuan"), ("思齐", "siqi"), ("雨桐", "yutong"),
    ("之遥", "zhiyao"), ("嘉树", "jiashu"), ("小满", "xiaoman"), ("长安", "changan"), ("初晴", "chuqing"),
    ("沐阳", "muyang"), ("书白", "shubai"), ("予安", "yuan"), ("晚舟", "wanzhou"), ("清越", "qingyue"),
    ("闻笛", "wendi"), ("映雪", "yingxue"), ("拾光", "shiguang"),
]  # fmt: skip
MAIL_DOMAINS = ["example.com", "example.cn", "mail.example.com", "example.org"]

OCCUPATIONS = ["office", "teacher", "engineer", "student", "retired", "self_employed", "medical"]
EDUCATIONS = ["secondary", "college", "bachelor", "master"]
INCOME_BANDS = ["under_5k", "5k_10k", "10k_20k", "20k_40k", "over_40k"]
TIERS = ["basic", "silver", "gold", "platinum"]
CONTACT_CHANNELS = ["email", "sms", "app_push", "wechat", "phone", "none"]
DAYPARTS = ["morning", "midday", "afternoon", "evening", "night"]
DAYPART_HOURS = [(7, 11), (11, 14), (14, 18), (18, 22), (22, 26)]

# category: (label, median price in CNY, yearly season peak as day of year, subcategories)
CATEGORIES = [
    ("Dairy", "乳制品", 18, 180, [("Milk", "牛奶"), ("Yoghurt", "酸奶"), ("Cheese", "奶酪"), ("Butter", "黄油")]),
    ("Snacks", "零食", 15, 30, [("Nuts", "坚果"), ("Biscuits", "饼干"), ("Sweets", "糖果"), ("Crisps", "薯片")]),
    ("Beverages", "饮料", 12, 200, [("Tea", "茶"), ("Juice", "果汁"), ("Coffee", "咖啡"), ("Water", "饮用水")]),
    ("Fresh", "生鲜", 35, 150, [("Fruit", "水果"), ("Seafood", "海鲜"), ("Meat", "肉类")]),
    ("Household", "家居清洁", 28, 310, [("Laundry", "洗衣"), ("Paper", "纸品"), ("Kitchen", "厨具")]),
    ("Beauty", "美妆", 120, 65, [("Skin care", "护肤"), ("Make-up", "彩妆"), ("Hair", "洗护")]),
    ("Baby", "母婴", 95, 150, [("Formula", "奶粉"), ("Nappies", "纸尿裤"), ("Toys", "玩具")]),
    ("Gifts", "礼盒", 260, 25, [("Gift boxes", "礼盒"), ("Tea sets", "茶具"), ("Hampers", "礼篮")]),
]  # fmt: skip
BRANDS = [
    ("Yunye", "云野"), ("Qinglan", "晴岚"), ("Moli", "茉里"), ("Hetu", "禾途"), ("Lanxi", "兰汐"),
    ("Beichen", "北辰田"), ("Songguo", "松果屋"), ("Xingdu", "星渡"), ("Ruyi Farm", "如一农场"),
    ("Pinecone", "小松塔"), ("Ninth Dune", "九沙"), ("Harbour & Co", "港屿"),
]  # fmt: skip
SIZES = ["250g", "500g", "1kg", "200ml", "1L", "6 pack", "12 pack", "travel size"]
PRICE_TIERS = [("budget", "实惠装", 0.65), ("standard", "标准装", 1.0), ("premium", "臻选", 1.9)]

ZONES = [
    "entrance",
    "fresh_market",
    "dairy_aisle",
    "beauty_counter",
    "baby_corner",
    "gift_wall",
    "checkout",
]
STORE_FORMATS = ["flagship", "neighbourhood", "express"]

# theme: is negative, English, Chinese
THEMES = [
    ("late_delivery", True, "Arrived days after the promised date.", "比承诺的时间晚到好几天。"),
    ("packaging", True, "The box was crushed when it came.", "包装压坏了。"),
    ("quality_poor", True, "Not as fresh as described.", "没有描述的那么新鲜。"),
    ("waiting", True, "Had to queue far too long in the shop.", "门店排队太久。"),
    ("service_slow", True, "Customer service took days to answer.", "客服好几天才回复。"),
    ("price_high", True, "Too expensive for what it is.", "价格偏贵。"),
    ("quality_good", False, "Great quality, will buy again.", "质量很好，会回购。"),
    ("fast_delivery", False, "Came faster than expected.", "送货很快，超出预期。"),
    ("helpful_staff", False, "The staff were kind and helpful.", "店员热情又专业。"),
    ("good_value", False, "Good value for the money.", "性价比高。"),
    ("wish_choice", False, "Please offer more flavours.", "希望多出一些口味。"),
]  # fmt: skip

SEARCH_TERMS = {
    "Dairy": ["milk", "牛奶", "yoghurt", "酸奶"],
    "Snacks": ["nuts", "坚果礼包", "biscuits"],
    "Beverages": ["green tea", "咖啡", "juice"],
    "Fresh": ["fruit box", "车厘子", "shrimp"],
    "Household": ["laundry", "纸巾", "pan"],
    "Beauty": ["face cream", "面膜", "shampoo"],
    "Baby": ["nappies", "奶粉", "toys"],
    "Gifts": ["gift box", "年货礼盒", "tea set"],
}
CONTENT_TOPICS = ["recipes", "skin_care", "parenting", "tea_culture", "home_tips"]
CONTENT_TYPES = ["article", "video", "live_stream"]
FEATURES = ["wishlist", "scan_and_go", "points_centre", "store_finder", "group_buy"]

# month-day or full date: name, type, length in days, strength of buying, first word English
YEARLY_EVENTS = [
    ("01-01", "New Year 元旦", "holiday", 1, 1.2),
    ("03-08", "Women's Day 女神节", "promotion", 3, 1.35),
    ("05-01", "Labour Day 劳动节", "holiday", 5, 1.15),
    ("06-18", "618 Shopping Festival 年中大促", "promotion", 3, 2.4),
    ("10-01", "National Day 国庆节", "holiday", 7, 1.25),
    ("11-11", "Double 11 双十一", "promotion", 2, 3.2),
    ("12-12", "Double 12 双十二", "promotion", 1, 1.6),
    ("12-25", "Christmas 圣诞节", "season", 2, 1.2),
    ("04-18", "Rival anniversary sale 竞品周年庆", "competitor", 4, 0.80),
    ("08-18", "Rival August fair 竞品八月大促", "competitor", 3, 0.82),
    ("03-20", "Spring 春季", "season", 1, 1.0),
    ("12-01", "Winter 冬季", "season", 1, 1.0),
]
MOON_EVENTS = {  # first day of the feast in each year
    ("Spring Festival 春节", "holiday", 8, 1.1): ["2020-01-25", "2021-02-12", "2022-02-01", "2023-01-22", "2024-02-10", "2025-01-29", "2026-02-17"],
    ("New Year goods fair 年货节", "promotion", 14, 1.9): ["2020-01-08", "2021-01-26", "2022-01-15", "2023-01-05", "2024-01-24", "2025-01-12", "2026-01-31"],
    ("Dragon Boat 端午节", "holiday", 3, 1.3): ["2020-06-25", "2021-06-14", "2022-06-03", "2023-06-22", "2024-06-10", "2025-05-31", "2026-06-19"],
    ("Mid-Autumn 中秋节", "holiday", 3, 1.3): ["2020-10-01", "2021-09-21", "2022-09-10", "2023-09-29", "2024-09-17", "2025-10-06", "2026-09-25"],
    ("Mid-Autumn gifts 中秋送礼", "promotion", 10, 1.5): ["2020-09-20", "2021-09-10", "2022-08-30", "2023-09-18", "2024-09-06", "2025-09-25", "2026-09-14"],
}  # fmt: skip
GIFT_EVENTS = ("New Year goods fair", "Mid-Autumn gifts", "Dragon Boat", "Women's Day", "Christmas")
