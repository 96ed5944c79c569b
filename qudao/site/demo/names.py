"""Plausible names of people, streets, villages and shops, in Chinese and pinyin. All invented."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from qudao.kernel.numbers import valid_document


@dataclass(frozen=True, slots=True)
class Name:
    """A name in both languages."""

    zh: str
    en: str


def _pairs(text: str) -> tuple[Name, ...]:
    """Read words of Chinese characters followed by their pinyin."""
    pairs = []
    for word in text.split():
        end = next(i for i, letter in enumerate(word) if letter.isascii())
        pairs.append(Name(word[:end], word[end:]))
    return tuple(pairs)


_SURNAMES: Final = _pairs("""
    王Wang 李Li 张Zhang 刘Liu 陈Chen 杨Yang 赵Zhao 黄Huang 周Zhou
    吴Wu 徐Xu 孙Sun 胡Hu 朱Zhu 高Gao 林Lin 何He 郭Guo 马Ma 罗Luo
    梁Liang 宋Song 郑Zheng 谢Xie 韩Han 唐Tang 冯Feng 于Yu 董Dong
    萧Xiao 程Cheng 曹Cao 袁Yuan 邓Deng 许Xu 傅Fu 沈Shen 彭Peng
    吕Lü 苏Su 蒋Jiang 蔡Cai 贾Jia 丁Ding 魏Wei 薛Xue 叶Ye 潘Pan
    杜Du 戴Dai 夏Xia 田Tian 任Ren 姜Jiang 范Fan 方Fang 石Shi 姚Yao
    崔Cui 秦Qin
""")
_GIVEN: Final = _pairs("""
    伟wei 芳fang 娜na 敏min 静jing 丽li 强qiang 磊lei 军jun 洋yang
    勇yong 艳yan 杰jie 娟juan 涛tao 明ming 超chao 秀xiu 霞xia
    平ping 刚gang 桂gui 英ying 华hua 玉yu 兰lan 建jian 国guo
    春chun 梅mei 红hong 志zhi 鹏peng 飞fei 文wen 斌bin 雪xue 琴qin
    浩hao 宇yu 欣xin 怡yi 子zi 轩xuan 佳jia 慧hui 晨chen 曦xi 俊jun
    思si 远yuan 海hai 燕yan 振zhen 东dong 永yong 福fu 长chang
    生sheng 凤feng 云yun 翠cui 莲lian 德de 胜sheng 立li 新xin
""")
_STREETS: Final = _pairs("""
    文化Wenhua 人民Renmin 建设Jianshe 中原Zhongyuan 花园Huayuan
    解放Jiefang 和平Heping 新华Xinhua 东风Dongfeng 胜利Shengli
    健康Jiankang 青年Qingnian 交通Jiaotong 光明Guangming
    朝阳Chaoyang 振兴Zhenxing 长江Changjiang 黄河Huanghe
    嵩山Songshan 伏牛Funiu 桐柏Tongbai 航海Hanghai 迎宾Yingbin
    中心Zhongxin 南环Nanhuan 北环Beihuan 商城Shangcheng
    凤凰Fenghuang 太行Taihang 劳动Laodong 工农Gongnong 体育Tiyu
    学院Xueyuan 红旗Hongqi 龙门Longmen 汉江Hanjiang
""")
_TOWNS: Final = _pairs("""
    城关Chengguan 大营Daying 石桥Shiqiao 白沙Baisha 双庙Shuangmiao
    柳林Liulin 王楼Wanglou 李庄Lizhuang 张集Zhangji 马店Madian
    杨集Yangji 新店Xindian 黄岗Huanggang 龙泉Longquan 青龙Qinglong
    寺庄Sizhuang 赵堡Zhaobao 三官Sanguan 东屯Dongtun 留村Liucun
    石佛Shifo 金寨Jinzhai 小冀Xiaoji 桃园Taoyuan 范坡Fanpo
    官桥Guanqiao 古城Gucheng 水寨Shuizhai
""")
_TRADE: Final = _pairs("""
    鑫达Xinda 宏图Hongtu 顺通Shuntong 诚信Chengxin 金桥Jinqiao
    天诚Tiancheng 华讯Huaxun 百信Baixin 万家Wanjia 惠民Huimin
    利民Limin 恒通Hengtong 众联Zhonglian 飞扬Feiyang
    新时代Xinshidai 星海Xinghai 东方Dongfang 吉祥Jixiang
    腾飞Tengfei 中天Zhongtian 佳佳Jiajia 永兴Yongxing 福来Fulai
    正大Zhengda 日升Risheng 聚鑫Juxin 美好Meihao 同乐Tongle
    便民Bianmin 红星Hongxing
""")

NOWHERE: Final = "419999"
"""A division code that was never given: no document number with it is anybody's."""


def person(random: Random) -> Name:
    """A person's name: 王小明, Wang Xiaoming."""
    surname = random.choice(_SURNAMES)
    given = random.choices(_GIVEN, k=random.choice((1, 2, 2)))
    return Name(
        surname.zh + "".join(one.zh for one in given),
        f"{surname.en} {''.join(one.en for one in given).capitalize()}",
    )


def username(name: Name, taken: set[str]) -> str:
    """A user name that nobody has: `wang.xiaoming`, then `wang.xiaoming2`."""
    base = name.en.lower().replace("ü", "v").replace(" ", ".")
    number = 1
    while (wanted := base if number == 1 else f"{base}{number}") in taken:
        number += 1
    taken.add(wanted)
    return wanted


def phone(random: Random, taken: set[str]) -> str:
    """A mobile number that nobody of ours has, in a range without customers (166…)."""
    while (number := f"166{random.randrange(10**8):08}") in taken:
        continue
    taken.add(number)
    return number


def document(random: Random, taken: set[str], first: int = 1962, last: int = 2006) -> str:
    """The number of an identity document that checks, and belongs to no place and so to nobody."""
    while True:
        year, month = random.randrange(first, last), random.randrange(1, 13)
        born = f"{year}{month:02}{random.randrange(1, 29):02}"
        start = f"{NOWHERE}{born}{random.randrange(1000):03}"
        if start not in taken:
            taken.add(start)
            return next(start + end for end in "0123456789X" if valid_document(start + end))


def street(random: Random) -> Name:
    """文化路, Wenhua Road."""
    found = random.choice(_STREETS)
    kind = random.choice((Name("路", "Road"), Name("路", "Road"), Name("街", "Street")))
    return Name(found.zh + kind.zh, f"{found.en} {kind.en}")


def town(random: Random) -> Name:
    """石桥镇, Shiqiao Town."""
    found = random.choice(_TOWNS)
    kind = random.choice((Name("镇", "Town"), Name("镇", "Town"), Name("乡", "Township")))
    return Name(found.zh + kind.zh, f"{found.en} {kind.en}")


def trade(random: Random, kinds: tuple[Name, ...]) -> Name:
    """鑫达通讯, Xinda Telecom."""
    found, kind = random.choice(_TRADE), random.choice(kinds)
    return Name(found.zh + kind.zh, f"{found.en} {kind.en}")
